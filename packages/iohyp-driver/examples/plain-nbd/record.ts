import * as z from 'zod';

/** What the daemon can't tell about a volume. */
export interface PlainRecord {
  readonly attachmentId: string;
  readonly instanceId: string;
  readonly identity: string;
  readonly readOnly: boolean;
  readonly sizeBytes: number;
  readonly address: string;
  readonly port: number;
  readonly exportName?: string | undefined;
  readonly exportReadOnly?: boolean | undefined;
  readonly grants: readonly string[];
}

export const plainRecord: z.ZodType<PlainRecord> = z.object({
  attachmentId: z.string(),
  instanceId: z.string(),
  identity: z.string(),
  readOnly: z.boolean(),
  sizeBytes: z.int(),
  address: z.string(),
  port: z.int(),
  exportName: z.string().optional(),
  exportReadOnly: z.boolean().optional(),
  grants: z.array(z.string()),
});
