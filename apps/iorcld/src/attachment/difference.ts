/** Says what differs, or nothing. */
export function differs(
  what: string,
  actual: string | number | boolean | undefined,
  expected: typeof actual,
): string[] {
  return actual === expected ? [] : [`${what} is ${actual ?? 'missing'}, expected ${expected ?? 'none'}`];
}
