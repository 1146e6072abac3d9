/** Major part of a device number: makedev(3) of glibc, for numbers below 2^32. */
export function major(number: number): number {
  return (number >>> 8) & 0xfff;
}

/** Minor part of a device number. */
export function minor(number: number): number {
  return (number & 0xff) | ((number >>> 12) & 0xfff00);
}
