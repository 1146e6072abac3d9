import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';

/** The kernel's own choice where two names have one number. */
const preferred: readonly string[] = ['EAGAIN', 'EOPNOTSUPP'];

const names: ReadonlyMap<number, string> = new Map([
  ...Object.entries(constants.errno).map(([name, errno]): [number, string] => [errno, name]),
  ...Object.entries(constants.errno)
    .filter(([name]) => preferred.includes(name))
    .map(([name, errno]): [number, string] => [errno, name]),
]);

/** Name of an errno, as in `<asm-generic/errno.h>`: 17 -> `EEXIST`. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `E${errno}`;
}

/** Number of an errno: `EEXIST` -> 17. @throws RangeError */
export function errnoNumber(name: string): number {
  const number = new Map(Object.entries(constants.errno)).get(name);
  if (number === undefined) throw new RangeError(`"${name}" is no name of an errno`);
  return number;
}

/** Name and text of an errno: `EEXIST (file already exists)`. */
export function describeErrno(errno: number): string {
  const name = errnoName(errno);
  if (name === 'EOPNOTSUPP') return `${name} (operation not supported)`;
  try {
    return `${name} (${getSystemErrorMessage(-errno)})`;
  } catch {
    return name;
  }
}

/** Errno numbers that this package acts on; the same on x86-64 and arm64. */
export const Errno: {
  readonly EPERM: 1;
  readonly EINTR: 4;
  readonly EAGAIN: 11;
  readonly ENOMEM: 12;
  readonly EBUSY: 16;
  readonly EINVAL: 22;
  readonly ENOPROTOOPT: 92;
  readonly EADDRNOTAVAIL: 99;
  readonly ENOBUFS: 105;
} = {
  EPERM: 1,
  EINTR: 4,
  EAGAIN: 11,
  ENOMEM: 12,
  EBUSY: 16,
  EINVAL: 22,
  ENOPROTOOPT: 92,
  EADDRNOTAVAIL: 99,
  ENOBUFS: 105,
};
