import { type ExportAccess, exportAccessSchema, type NetworkView, networkViewSchema } from '@iorcl/api';
import * as z from 'zod';
import type { VolumeTraits } from '../attachments/connection-info.ts';

/** All that is needed to make an import again: after a crash, after a reboot. Holds the export's key. */
export interface ImportRecord {
  readonly version: 1;
  readonly attachmentId: string;
  readonly instanceId: string;
  readonly volumeId: string;
  /** Compute host for which the I/O host exports, as Nova names it. Missing in older records. */
  readonly computeHost?: string | undefined;
  readonly importer: string;
  readonly network: NetworkView;
  readonly access: ExportAccess;
  readonly traits: VolumeTraits;
}

export const importRecordSchema: z.ZodType<ImportRecord> = z.object({
  version: z.literal(1),
  attachmentId: z.uuid(),
  instanceId: z.string(),
  volumeId: z.string(),
  computeHost: z.string().optional(),
  importer: z.string(),
  network: networkViewSchema,
  access: exportAccessSchema,
  traits: z.object({
    accessMode: z.enum(['rw', 'ro']),
    qosSpecs: z.record(z.string(), z.unknown()).nullable(),
    cacheable: z.boolean(),
  }),
});
