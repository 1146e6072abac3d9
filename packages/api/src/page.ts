import * as z from 'zod';

/** Which part of a list is asked for. */
export interface PageQuery {
  /** The most that are answered at once. Default and most 1 000. */
  readonly limit: number;
  /** The id after which the page begins: the last one of the page before. It need not exist any more. */
  readonly marker?: string | undefined;
}

/** Part of each answer that is a page. */
export interface Page {
  /** Path and query of the next page; absent on the last one. */
  readonly next?: string | undefined;
}

export const MOST_PER_PAGE = 1_000;

/** A number in a URL's query. */
export const pageLimitSchema: z.ZodType<number> = z.coerce
  .number()
  .int()
  .min(1)
  .max(MOST_PER_PAGE)
  .default(MOST_PER_PAGE);
