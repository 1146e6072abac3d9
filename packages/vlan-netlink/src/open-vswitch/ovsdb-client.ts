import { connect, type Socket } from 'node:net';
import { JsonStream } from './json-stream.ts';
import { parseOvsdbAddress } from './ovsdb-address.ts';
import { OvsdbError } from './ovsdb-error.ts';
import { ChangeQueue, decodeTableUpdates, type OvsdbChange } from './ovsdb-monitor.ts';
import { isRow, type Json, type OvsdbRow } from './ovsdb-value.ts';

/** One operation of a transaction (RFC 7047, 5.2). */
export interface OvsdbOperation {
  readonly op: string;
  readonly [name: string]: Json;
}

/** What an operation answered. */
export interface OvsdbResult {
  readonly rows: readonly OvsdbRow[];
  readonly count: number;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface OvsdbOptions {
  /** For each call, and for the connection. Default 15,000. */
  readonly timeoutMs?: number;
  /** Ends the attempt to connect; the connection itself stays. */
  readonly signal?: AbortSignal;
}

export interface OvsdbTransactionOptions {
  /** Default `Open_vSwitch`. */
  readonly database?: string;
  /** Nobody waits for the answer any more; whether the transaction was done is unknown then. */
  readonly signal?: AbortSignal;
}

export interface OvsdbMonitorOptions {
  readonly signal?: AbortSignal;
  /** Default `Open_vSwitch`. */
  readonly database?: string;
}

/** A connection to an OVSDB server (RFC 7047), over TCP or a unix socket. */
export class OvsdbClient {
  readonly #address: string;
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<number, Waiting>();
  readonly #monitors = new Map<number, ChangeQueue>();
  #nextId = 1;
  #broken: OvsdbError | undefined;

  private constructor(address: string, socket: Socket, timeoutMs: number) {
    this.#address = address;
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    const stream = new JsonStream();
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      try {
        for (const message of stream.push(chunk)) this.#take(message);
      } catch (cause) {
        this.#break(cause instanceof OvsdbError ? cause : new OvsdbError('ovsdb_malformed', String(cause), { cause }));
      }
    });
    socket.on('error', (cause) => this.#break(this.#unreachable(cause.message, cause)));
    socket.on('close', () => this.#break(this.#unreachable('the connection was closed')));
  }

  /** @param address `tcp:HOST:PORT` or `unix:PATH`. @throws OvsdbError */
  static async connect(address: string, { timeoutMs = 15_000, signal }: OvsdbOptions = {}): Promise<OvsdbClient> {
    signal?.throwIfAborted();
    const socket = connect(parseOvsdbAddress(address));
    const client = new OvsdbClient(address, socket, timeoutMs);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(client.#unreachable(`no answer within ${timeoutMs} ms`)), timeoutMs);
    socket.once('connect', resolve);
    socket.once('close', () => reject(client.#broken));
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await promise;
      return client;
    } catch (error) {
      client.close();
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  /**
   * Does all operations, or none.
   *
   * @throws OvsdbError `ovsdb_refused` when one of them, or the transaction as a whole, fails; the signal's reason.
   */
  async transact(
    operations: readonly OvsdbOperation[],
    { database = 'Open_vSwitch', signal }: OvsdbTransactionOptions = {},
  ): Promise<OvsdbResult[]> {
    const results = await this.#call('transact', [database, ...operations], signal);
    if (!Array.isArray(results))
      throw new OvsdbError('ovsdb_malformed', `${this.#address} answered no list of results`);
    results.forEach((result: unknown, position) => {
      if (!isRow(result) || typeof result['error'] !== 'string') return;
      const what = operations[position] === undefined ? 'the transaction' : `"${operations[position].op}"`;
      const details = typeof result['details'] === 'string' ? ` (${result['details']})` : '';
      const message = `${this.#address} refused ${what}: ${result['error']}${details}`;
      throw new OvsdbError('ovsdb_refused', message, { serverError: result['error'] });
    });
    return operations.map((_, position) => {
      const result: unknown = results[position];
      const { rows, count } = isRow(result) ? result : {};
      return { rows: Array.isArray(rows) ? rows.filter(isRow) : [], count: typeof count === 'number' ? count : 0 };
    });
  }

  /**
   * The rows of some tables, and then every change of them: a list per transaction, without end.
   *
   * @param tables columns by table: `{ Interface: ['name', 'ofport'] }`.
   * @throws OvsdbError when the server refuses, or the connection breaks; the signal's reason.
   */
  async *monitor(
    tables: Readonly<Record<string, readonly string[]>>,
    { signal, database = 'Open_vSwitch' }: OvsdbMonitorOptions = {},
  ): AsyncGenerator<readonly OvsdbChange[], never, undefined> {
    signal?.throwIfAborted();
    const queue = new ChangeQueue();
    const id = this.#nextId++;
    const abort = (): void => queue.end(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    this.#monitors.set(id, queue);
    try {
      const requests = Object.fromEntries(Object.entries(tables).map(([table, columns]) => [table, { columns }]));
      yield decodeTableUpdates(await this.#call('monitor', [database, id, requests]), true);
      for (;;) yield await queue.next();
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#monitors.delete(id);
      if (this.#broken === undefined) await this.#call('monitor_cancel', [id]).catch(() => undefined);
    }
  }

  /** Closing twice is fine. Calls that wait are refused. */
  close(): void {
    this.#break(this.#unreachable('the connection was closed by us'));
    this.#socket.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #call(method: string, params: readonly Json[], signal?: AbortSignal): Promise<unknown> {
    signal?.throwIfAborted();
    if (this.#broken !== undefined) throw this.#broken;
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    const late = `${this.#address} did not answer "${method}" within ${this.#timeoutMs} ms`;
    const timer = setTimeout(() => reject(new OvsdbError('ovsdb_timeout', late)), this.#timeoutMs);
    const abort = (): void => {
      // The server need not wait for a condition any longer (RFC 7047, 4.1.4).
      if (this.#broken === undefined) this.#send({ id: null, method: 'cancel', params: [id] });
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.#send({ id, method, params });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      this.#waiting.delete(id);
    }
  }

  #send(message: Json): void {
    this.#socket.write(JSON.stringify(message));
  }

  #take(message: unknown): void {
    if (!isRow(message)) throw new OvsdbError('ovsdb_malformed', `${this.#address} sent no JSON-RPC message`);
    const { id, method, params, error, result } = message;
    if (method === 'echo') {
      // The server asks whether we are alive (RFC 7047, 4.1.11), and hangs up when it hears nothing.
      this.#socket.write(JSON.stringify({ id, result: params, error: null }));
      return;
    }
    if (method === 'update' && Array.isArray(params)) {
      const [monitor, updates]: readonly unknown[] = params;
      if (typeof monitor === 'number') this.#monitors.get(monitor)?.push(decodeTableUpdates(updates, false));
      return;
    }
    const waiting = typeof id === 'number' ? this.#waiting.get(id) : undefined;
    if (waiting === undefined) return;
    if (error === null || error === undefined) {
      waiting.resolve(result);
      return;
    }
    const serverError = isRow(error) && typeof error['error'] === 'string' ? error['error'] : JSON.stringify(error);
    const refused = `${this.#address} refused: ${serverError}`;
    waiting.reject(new OvsdbError('ovsdb_refused', refused, { serverError }));
  }

  #break(error: OvsdbError): void {
    this.#broken ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#broken);
    this.#waiting.clear();
    for (const queue of this.#monitors.values()) queue.end(this.#broken);
    this.#socket.destroy();
  }

  #unreachable(reason: string, cause?: unknown): OvsdbError {
    return new OvsdbError('ovsdb_unreachable', `cannot talk to the Open vSwitch database ${this.#address}: ${reason}`, {
      cause,
    });
  }
}
