import * as z from 'zod';
import type { BackendKind } from '../../contract.ts';

/** What configfs can't tell about a volume. */
export interface NvmetRecord {
  readonly instanceId: string;
  readonly attachmentId: string;
  readonly backend: BackendKind;
  /** {@link PreparedBackend.identity} */
  readonly identity: string;
  readonly path: string;
  /** Through the page cache: for file systems that know no O_DIRECT. */
  readonly buffered: boolean;
  readonly uuid: string;
  readonly namespaceId: number;
  readonly exportName?: string | undefined;
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
  uuid: z.string(),
  namespaceId: z.int(),
  exportName: z.string().optional(),
  grants: z.array(z.string()),
});
