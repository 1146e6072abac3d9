import type { WireReader } from '../wire/reader.ts';

/** One parser for each microversion at which a resource gained (or lost) fields. */
export type ParsersByMicroversion<Shapes> = {
  readonly [Microversion in keyof Shapes]: (item: WireReader) => Shapes[Microversion];
};

/**
 * The microversion of a request: what the caller asked for, else the resource's base. What the caller asked for is strict: a
 * service that doesn't know it must not pass unnoticed, since the answer's type depends on it.
 */
export function microversionOf(
  base: string,
  asked: string | undefined,
): { readonly microversion: string; readonly strictMicroversion: boolean } {
  return { microversion: asked ?? base, strictMicroversion: asked !== undefined };
}
