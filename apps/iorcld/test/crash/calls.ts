import { DriverError, type DriverErrorCode } from '@iorcl/iohyp-driver';
import { CloudError, type CloudErrorCode } from '../../src/cloud/contract.ts';

/** An error on its way to the other process, where callers tell some classes apart. */
type Fault =
  | { readonly class: 'cloud'; readonly code: CloudErrorCode; readonly message: string }
  | {
      readonly class: 'driver';
      readonly code: DriverErrorCode;
      readonly message: string;
      readonly retryable: boolean;
      readonly safeToRollBack: boolean;
    }
  | { readonly class: 'other'; readonly message: string };

/** What two processes tell each other. Sent with the serialization `advanced`, so that maps stay maps. */
export type Message =
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly object: string;
      readonly method: string;
      readonly args: readonly unknown[];
    }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'fault'; readonly id: number; readonly fault: Fault };

/** An object in the other process: there every call takes its time. */
export type Asynchronous<T> = {
  readonly [K in keyof T as T[K] extends (...args: never) => unknown ? K : never]: T[K] extends (
    ...args: infer A
  ) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

/** Calls between two processes, in both directions. */
export class Calls {
  /** What the other process may call, by name. */
  objects: Readonly<Record<string, object>> = {};
  readonly #send: (message: Message) => void;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #last = 0;
  #over: string | undefined;

  constructor(send: (message: Message) => void) {
    this.#send = send;
  }

  /**
   * The other process's object of this name, of which all methods are asynchronous, but for its `facts`. Optional methods
   * that it hasn't are `absent`.
   */
  remote<T extends object>(object: string, facts: Partial<T> = {}, absent: readonly string[] = []): T {
    return new Proxy(facts, {
      get: (own, name) => {
        if (typeof name === 'string' && absent.includes(name)) return undefined;
        if (name in own || typeof name === 'symbol' || name === 'then') return Reflect.get(own, name);
        return (...args: readonly unknown[]) => this.#call(object, name, args);
      },
    }) as T;
  }

  receive(message: Message): void {
    if (message.kind === 'call') {
      void this.#serve(message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'answer') waiting?.resolve(message.value);
    else waiting?.reject(errorOf(message.fault));
  }

  /** The other process has ended: nothing is answered any more. */
  end(why: string): void {
    this.#over = why;
    for (const { reject } of this.#waiting.values()) reject(new Error(why));
    this.#waiting.clear();
  }

  #call(object: string, method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#over !== undefined) return Promise.reject(new Error(this.#over));
    const id = ++this.#last;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#send({ kind: 'call', id, object, method, args: args.map(dataOf) });
    return waiting.promise;
  }

  async #serve({ id, object, method, args }: Message & { readonly kind: 'call' }): Promise<void> {
    try {
      const target = this.objects[object];
      const member: unknown = target === undefined ? undefined : Reflect.get(target, method);
      if (typeof member !== 'function') throw new Error(`there is no ${object}.${method}`);
      const value: unknown = await member.apply(target, args);
      this.#send({ kind: 'answer', id, value });
    } catch (cause) {
      this.#send({ kind: 'fault', id, fault: faultOf(cause) });
    }
  }
}

/** Signals and callbacks can't travel. The fake world neither hangs nor calls back, so it needs none. */
function dataOf(value: unknown): unknown {
  if (typeof value === 'function' || value instanceof AbortSignal) return undefined;
  if (Array.isArray(value)) return value.map(dataOf);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, dataOf(member)]));
}

function faultOf(cause: unknown): Fault {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof CloudError) return { class: 'cloud', code: cause.code, message };
  if (cause instanceof DriverError) {
    const { code, retryable, safeToRollBack } = cause;
    return { class: 'driver', code, message, retryable, safeToRollBack };
  }
  return { class: 'other', message };
}

function errorOf(fault: Fault): Error {
  switch (fault.class) {
    case 'cloud':
      return new CloudError(fault.code, fault.message);
    case 'driver':
      return new DriverError(fault.code, fault.message, fault);
    case 'other':
      return new Error(fault.message);
  }
}
