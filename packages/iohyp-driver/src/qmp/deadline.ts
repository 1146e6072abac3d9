import { QmpError } from './qmp-error.ts';

/** How long to wait for one answer. */
export interface QmpCallOptions {
  readonly signal?: AbortSignal;
  /** Default 30,000. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * A promise that `settle` resolves or rejects, unless time or patience ends first. `doing` and `command` are for the
 * message.
 */
export function withDeadline<T>(
  doing: string,
  options: QmpCallOptions,
  settle: (resolve: (value: T) => void, reject: (error: QmpError) => void) => () => void,
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return new Promise<T>((resolve, reject) => {
    let forget: () => void = () => {};
    const end = (): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
      forget();
    };
    const fail = (error: QmpError): void => {
      end();
      reject(error);
    };
    const onAbort = (): void => fail(new QmpError('aborted', `${doing}: aborted`, { cause: options.signal?.reason }));
    const timer = setTimeout(
      () => fail(new QmpError('timeout', `${doing}: no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    if (options.signal?.aborted === true) {
      onAbort();
      return;
    }
    options.signal?.addEventListener('abort', onAbort, { once: true });
    forget = settle((value) => {
      end();
      resolve(value);
    }, fail);
  });
}
