import * as z from 'zod';

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** `FIRST-LAST`, TCP ports. */
export const portRange: z.ZodType<PortRange, string> = z.string().transform((text, context) => {
  const [, first, last] = /^(\d{1,5})\s*-\s*(\d{1,5})$/.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (!(range.first >= 1 && range.first <= range.last && range.last <= 65535)) {
    context.addIssue({ code: 'custom', message: 'expected FIRST-LAST, TCP ports from 1 to 65535' });
  }
  return range;
});
