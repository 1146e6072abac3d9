import { describeErrno, Errno, errnoName } from '../native/errno.ts';

export type NamespaceErrorCode =
  /** There is no such namespace, process or path. */
  | 'namespace_not_found'
  /** A namespace of this name exists already. */
  | 'namespace_exists'
  /** The name cannot be a file name. */
  | 'namespace_name_invalid'
  /** A system call failed; `errno` says how. */
  | 'namespace_call_failed'
  /** What should run inside answered a promise: its rest would run outside. */
  | 'namespace_action_asynchronous';

/** A network namespace could not be made, opened, entered or removed. */
export class NamespaceError extends Error {
  override readonly name = 'NamespaceError';
  readonly code: NamespaceErrorCode;
  readonly errno: string | undefined;
  readonly retryable = false;

  constructor(code: NamespaceErrorCode, message: string, options: { errno?: number; cause?: unknown } = {}) {
    const reason = options.errno === undefined ? '' : `: ${describeErrno(options.errno)}`;
    const advice = options.errno === Errno.EPERM ? '; CAP_SYS_ADMIN is needed' : '';
    super(`${message}${reason}${advice}`, { cause: options.cause });
    this.code = code;
    this.errno = options.errno === undefined ? undefined : errnoName(options.errno);
  }
}

/** @throws NamespaceError when a system call answered a negative errno. */
export function checkNamespaceCall(result: number, what: string): void {
  if (result < 0) throw new NamespaceError('namespace_call_failed', `cannot ${what}`, { errno: -result });
}
