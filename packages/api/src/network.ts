import * as z from 'zod';
import type { NetworkView } from './attachment.ts';

/** A tenant network into which this host exports. */
export interface Network extends NetworkView {
  readonly attachments: number;
  readonly instances: number;
}

export const networkSchema: z.ZodType<Network> = z.object({
  networkId: z.string(),
  type: z.string(),
  physicalNetwork: z.string().nullable(),
  segmentationId: z.int().nullable(),
  attachments: z.int().nonnegative(),
  instances: z.int().nonnegative(),
});
