import * as z from 'zod';
import type { Interposer, QosRates } from '../contract.ts';

const rate = z.number().exactOptional();
const rates: z.ZodType<QosRates> = z.object({
  iopsTotal: rate,
  iopsRead: rate,
  iopsWrite: rate,
  bytesPerSecondTotal: rate,
  bytesPerSecondRead: rate,
  bytesPerSecondWrite: rate,
});

/** Interposers as a record on disk holds them. A key is only named there, never held. */
export const interposerSchema: z.ZodType<Interposer> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('throttle'),
    iopsTotal: rate,
    iopsRead: rate,
    iopsWrite: rate,
    bytesPerSecondTotal: rate,
    bytesPerSecondRead: rate,
    bytesPerSecondWrite: rate,
    burst: rates.exactOptional(),
    burstSeconds: rate,
    iopsUnitBytes: rate,
  }),
  z.object({ kind: z.literal('copy-on-read') }),
  z.object({ kind: z.literal('audit') }),
  z.object({
    kind: z.literal('luks'),
    key: z.union([z.object({ file: z.string() }), z.object({ keyManagerId: z.string() })]),
  }),
]);
