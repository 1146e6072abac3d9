import type { ExtendedAck } from '../codec/error-message.ts';
import { describeErrno, Errno, errnoName } from '../native/errno.ts';

const passing: readonly number[] = [Errno.EAGAIN, Errno.EBUSY, Errno.EINTR, Errno.ENOBUFS, Errno.ENOMEM];

/** The kernel refused a netlink request. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
  /** Name of the errno, such as `EEXIST`. */
  readonly code: string;
  readonly errno: number;
  /** What was asked, such as `create veth io100-abc`. */
  readonly request: string;
  readonly extendedAck: ExtendedAck;
  /** Types of the attribute that the kernel dislikes, outermost first: `[18, 2, 1]`. Empty when it named none. */
  readonly attributePath: readonly number[];
  readonly retryable: boolean;

  constructor(errno: number, request: string, extendedAck: ExtendedAck, attributePath: readonly number[] = []) {
    const details = [
      ...(extendedAck.message === undefined ? [] : [`the kernel says: ${extendedAck.message}`]),
      ...(extendedAck.attributeOffset === undefined
        ? []
        : [describeAttribute(extendedAck.attributeOffset, attributePath)]),
      ...(extendedAck.missingType === undefined ? [] : [`attribute ${extendedAck.missingType} is missing`]),
      ...(errno === Errno.EPERM ? ['CAP_NET_ADMIN in the network namespace is needed'] : []),
    ];
    super([`cannot ${request}: ${describeErrno(errno)}`, ...details].join('; '));
    this.code = errnoName(errno);
    this.errno = errno;
    this.request = request;
    this.extendedAck = extendedAck;
    this.attributePath = attributePath;
    this.retryable = passing.includes(errno);
  }
}

function describeAttribute(offset: number, path: readonly number[]): string {
  return path.length === 0 ? `attribute at byte ${offset}` : `attribute ${path.join('/')} at byte ${offset}`;
}

/** Whether `error` is the kernel's refusal with one of these errno names. */
export function isKernelError(error: unknown, ...codes: readonly string[]): error is KernelError {
  return error instanceof KernelError && (codes.length === 0 || codes.includes(error.code));
}
