import type { CallOptions } from '../call-options.ts';
import { NotFoundError } from '../error/http-error.ts';
import { OpenStackError, type OpenStackErrorFacts } from '../error/openstack-error.ts';
import { ResourceFailedError } from '../error/resource-failed-error.ts';
import { Deadline } from '../http/deadline.ts';

export interface WaitOptions extends CallOptions {
  /** For all of the waiting. Default 300 000. */
  readonly timeoutMs?: number | undefined;
  /** Between two looks. Default 1000. */
  readonly intervalMs?: number | undefined;
}

const WAIT_TIMEOUT_MS = 300_000;
const CALL_TIMEOUT_MS = 30_000;

/** What is waited for. */
export interface Awaited<T> {
  /** For messages, for instance `compute: server 42 to become ACTIVE`. */
  readonly what: string;
  readonly service: string;
  readonly look: (options: CallOptions) => Promise<T>;
  readonly done: (seen: T) => boolean;
  /** Why it will never be done; undefined: it may. May ask the service for the reason. */
  readonly failure: (seen: T, options: CallOptions) => string | undefined | Promise<string>;
  /** For the message when time is up, for instance the status. */
  readonly describe: (seen: T) => string;
}

/**
 * Looks again and again until it is done. ResourceFailedError: it never will be; TimeoutError says what it was last. A look
 * that fails for a passing reason (`retryable`) is repeated.
 */
export async function waitUntil<T>(awaited: Awaited<T>, options: WaitOptions = {}): Promise<T> {
  const { what, service } = awaited;
  const deadline = new Deadline(options.timeoutMs ?? WAIT_TIMEOUT_MS, options.signal);
  const facts: OpenStackErrorFacts = { service };
  let last = 'not seen yet';
  let trouble = '';
  for (;;) {
    const timeoutMs = Math.max(1, Math.min(CALL_TIMEOUT_MS, Math.floor(deadline.remainingMs)));
    try {
      const call = { signal: options.signal, requestId: options.requestId, timeoutMs };
      const seen = await awaited.look(call);
      if (awaited.done(seen)) return seen;
      const failure = await awaited.failure(seen, call);
      if (failure !== undefined) {
        const message = `Waiting for ${what} failed: it is ${awaited.describe(seen)}: ${failure}`;
        throw new ResourceFailedError(message, { ...facts, fault: failure });
      }
      last = awaited.describe(seen);
      trouble = '';
    } catch (error) {
      if (!(error instanceof OpenStackError) || !error.retryable) throw error;
      trouble = `; then ${error.message}`;
    }
    await deadline.sleep(options.intervalMs ?? 1000, `Waiting for ${what} (last: ${last}${trouble})`, facts);
  }
}

/** Waits until a look finds nothing (404), or something that `done` takes for gone. */
export async function waitUntilGone<T>(awaited: Awaited<T>, options?: WaitOptions): Promise<void> {
  const look = async (call: CallOptions): Promise<T | undefined> => {
    try {
      return await awaited.look(call);
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  };
  await waitUntil<T | undefined>(
    {
      ...awaited,
      look,
      done: (seen) => seen === undefined || awaited.done(seen),
      failure: (seen, call) => (seen === undefined ? undefined : awaited.failure(seen, call)),
      describe: (seen) => (seen === undefined ? 'gone' : awaited.describe(seen)),
    },
    options,
  );
}

/** What a waiter takes: the thing, or its id. */
export function idOf(subject: string | { readonly id: string }): string {
  return typeof subject === 'string' ? subject : subject.id;
}
