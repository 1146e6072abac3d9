import * as z from 'zod';
import { PlainNbdDriver } from './plain-nbd-driver.ts';

/** The contract that this driver was written for. */
export const contractVersion = 1;

const optionsSchema = z.strictObject({
  runtimeDirectory: z.string().startsWith('/'),
  allowedDirectories: z.array(z.string().startsWith('/')),
});

/** Called with what the operator configured. */
export function createDriver(options: unknown): PlainNbdDriver {
  const { runtimeDirectory, allowedDirectories } = optionsSchema.parse(options);
  return new PlainNbdDriver({ runtimeDirectory, backends: { file: { allowedDirectories } } });
}
