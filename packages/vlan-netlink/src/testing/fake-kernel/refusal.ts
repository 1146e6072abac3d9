/** The fake kernel's refusal of a request, as it is told in an NLMSG_ERROR. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly errno: number;
  /** Types on the way to the attribute that is disliked, outermost first. */
  readonly path: readonly number[];

  /** @param words the extended ACK's; empty for none. */
  constructor(errno: number, words = '', path: readonly number[] = []) {
    super(words);
    this.errno = errno;
    this.path = path;
  }
}

/** Errno numbers of the refusals that are acted out (`<asm-generic/errno.h>`). */
export const FakeErrno: Readonly<
  Record<
    | 'ENOENT'
    | 'ESRCH'
    | 'EBUSY'
    | 'EEXIST'
    | 'ENODEV'
    | 'EINVAL'
    | 'ERANGE'
    | 'EOPNOTSUPP'
    | 'EADDRNOTAVAIL'
    | 'ENETDOWN'
    | 'ENETUNREACH',
    number
  >
> = {
  ENOENT: 2,
  ESRCH: 3,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ERANGE: 34,
  EOPNOTSUPP: 95,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
};
