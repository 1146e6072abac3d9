import { getSystemErrorMessage, getSystemErrorName } from 'node:util';

/** Name of an errno, as in `<asm-generic/errno.h>`: 17 -> `EEXIST`. */
export function errnoName(errno: number): string {
  try {
    return getSystemErrorName(-errno);
  } catch {
    return `E${errno}`;
  }
}

/** Name and text of an errno: `EEXIST (file already exists)`. */
export function describeErrno(errno: number): string {
  const name = errnoName(errno);
  try {
    return `${name} (${getSystemErrorMessage(-errno)})`;
  } catch {
    return name;
  }
}

/** Errno numbers that this package acts on; the same on x86-64 and arm64. */
export const Errno: {
  readonly EPERM: 1;
  readonly ENOENT: 2;
  readonly EINTR: 4;
  readonly EAGAIN: 11;
  readonly ENOMEM: 12;
  readonly EBUSY: 16;
  readonly EEXIST: 17;
  readonly ENODEV: 19;
  readonly EINVAL: 22;
  readonly EADDRNOTAVAIL: 99;
  readonly EOPNOTSUPP: 95;
  readonly ENOPROTOOPT: 92;
  readonly ENOBUFS: 105;
} = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EAGAIN: 11,
  ENOMEM: 12,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  EADDRNOTAVAIL: 99,
  EOPNOTSUPP: 95,
  ENOPROTOOPT: 92,
  ENOBUFS: 105,
};
