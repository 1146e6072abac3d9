import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { BackendKind, LuksInterposer } from '../../contract.ts';
import { type DisksAtOpening, disksAtOpening } from '../../counters/disk-statistics.ts';
import { mappingName, mappingPath } from '../../device-mapper/luks-mapping.ts';

/** What configfs can't tell about a volume. */
export interface NvmetRecord {
  readonly instanceId: string;
  readonly attachmentId: string;
  readonly backend: BackendKind;
  /** {@link PreparedBackend.identity} */
  readonly identity: string;
  /** The storage. */
  readonly path: string;
  /** Through the page cache: for file systems that know no O_DIRECT. */
  readonly buffered: boolean;
  /** Cinder says that the storage holds ciphertext. */
  readonly encrypted: boolean;
  /** The stage that decrypts, also while it is only being made or removed. */
  readonly luks?: LuksInterposer | undefined;
  readonly uuid: string;
  /** Id of the kernel's port that was made when this volume was opened. */
  readonly portId?: string | undefined;
  readonly exportName?: string | undefined;
  /** Size of the storage that the kernel was last told to look at: it shows nobody what it believes. */
  readonly toldBytes?: number | undefined;
  /** What the kernel had counted of the storage when it was opened; absent where it counts nothing. */
  readonly counted?: DisksAtOpening | undefined;
  /** Identities granted for this volume; they count only while the subsystem allows them. */
  readonly grants: readonly string[];
}

export const nvmetRecord: z.ZodType<NvmetRecord> = z.object({
  instanceId: z.string(),
  attachmentId: z.string(),
  backend: z.enum(['file', 'rbd', 'nbd', 'iscsi', 'nfs', 'local', 'nvmeof']),
  identity: z.string(),
  path: z.string(),
  buffered: z.boolean(),
  encrypted: z.boolean(),
  luks: z
    .object({
      kind: z.literal('luks'),
      key: z.union([z.object({ file: z.string() }), z.object({ keyManagerId: z.string() })]),
    })
    .optional(),
  uuid: z.string(),
  portId: z.string().optional(),
  exportName: z.string().optional(),
  toldBytes: z.int().optional(),
  counted: disksAtOpening.optional(),
  grants: z.array(z.string()),
});

/** The device mapper's name of a volume's plaintext. */
export function plaintextName({ attachmentId }: Pick<NvmetRecord, 'attachmentId'>): string {
  return mappingName(`nvmet-${createHash('sha256').update(attachmentId).digest('hex').slice(0, 18)}`);
}

export function plaintextPath(record: NvmetRecord): string {
  return mappingPath(plaintextName(record));
}
