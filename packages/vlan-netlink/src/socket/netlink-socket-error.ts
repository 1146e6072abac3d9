import { describeErrno } from '../native/errno.ts';

export type NetlinkSocketErrorCode =
  /** A system call on the socket failed. */
  | 'system_call_failed'
  /** The kernel dropped answers for lack of buffer space; whether a change was made is unknown. */
  | 'answer_lost'
  /** What is dumped changed all the time while it was read. */
  | 'dump_interrupted'
  /** No answer came in time. */
  | 'timeout'
  /** The socket is closed. */
  | 'closed';

/** Something went wrong between us and the kernel, other than a refusal ({@link KernelError}). */
export class NetlinkSocketError extends Error {
  override readonly name = 'NetlinkSocketError';
  readonly code: NetlinkSocketErrorCode;
  readonly errno: number | undefined;
  readonly retryable: boolean;

  constructor(code: NetlinkSocketErrorCode, message: string, errno?: number) {
    super(errno === undefined ? message : `${message}: ${describeErrno(errno)}`);
    this.code = code;
    this.errno = errno;
    this.retryable = code === 'answer_lost' || code === 'dump_interrupted' || code === 'timeout';
  }
}
