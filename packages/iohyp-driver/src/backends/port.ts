import * as z from 'zod';

/** A TCP port as Cinder hands it out: mostly a string, sometimes a number. */
export const port: z.ZodType<string> = z
  .custom<string | number>(isPort, { error: 'a port number from 1 to 65535' })
  .transform(String);

function isPort(value: unknown): boolean {
  const number = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= 65535;
}
