import * as z from 'zod';

/** What the kernel module can't tell about a volume. */
export interface SplitioRecord {
  readonly instanceId: string;
  readonly attachmentId: string;
  readonly backend: 'file' | 'local';
  readonly path: string;
  /** {@link VolumeDevice.identity} */
  readonly identity: string;
  readonly sizeBytes: number;
  readonly address: string;
  readonly port: number;
  /** What the export was made with, also while it is only being made or removed. */
  readonly export?:
    | {
        readonly name: string;
        readonly interfaceName: string;
        readonly macAddress: string;
        readonly ipAddress: string;
      }
    | undefined;
}

export const splitioRecord: z.ZodType<SplitioRecord> = z.object({
  instanceId: z.string(),
  attachmentId: z.string(),
  backend: z.enum(['file', 'local']),
  path: z.string(),
  identity: z.string(),
  sizeBytes: z.number(),
  address: z.string(),
  port: z.number(),
  export: z
    .object({ name: z.string(), interfaceName: z.string(), macAddress: z.string(), ipAddress: z.string() })
    .optional(),
});
