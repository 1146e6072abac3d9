import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { BackendKind, ConnectionInfo, Interposer } from '../../contract.ts';
import { interposerSchema } from '../../interposers/schema.ts';
import { readJson, writeJson } from '../json-file.ts';
import { isIdentifier } from '../volume-key.ts';
import { type Counting, counting } from './counting.ts';
import type { InstanceDirectory } from './instance-directory.ts';

/**
 * What is wanted of a volume, and what the daemon can't tell about it. Written before the daemon is asked for anything, so
 * that whatever is in the daemon has a record. What a verb that was cut short has left is put right by it.
 */
export interface VolumeRecord {
  readonly attachmentId: string;
  readonly backend: BackendKind;
  /** {@link PreparedBackend.identity} */
  readonly backendIdentity: string;
  /** {@link PreparedBackend.description} */
  readonly description: string;
  readonly readOnly: boolean;
  /** Cinder says that the storage holds ciphertext. */
  readonly encrypted: boolean;
  /** {@link OpenRequest.shareable} */
  readonly shareable: boolean;
  /** By which the volume is opened again. May hold the storage's password, as does nothing else on this host's disks. */
  readonly connectionInfo: ConnectionInfo;
  readonly interposers: readonly Interposer[];
  /** Side core of the thread that serves it. */
  readonly core?: number | undefined;
  /** Name and kind of the export, also while it is only being made, or `ending`: the daemon tells neither. */
  readonly export?: { readonly name: string; readonly readOnly: boolean; readonly ending?: true } | undefined;
  /** How its I/O is counted. */
  readonly counting?: Counting | undefined;
  /** Identities granted for this volume; they count only while the key file has them. */
  readonly grants: readonly string[];
  /** Being opened or closed: only these two verbs go on with it, and nothing else makes it anew. */
  readonly incomplete?: true;
}

const volumeRecord: z.ZodType<VolumeRecord> = z.object({
  attachmentId: z.string(),
  backend: z.enum(['file', 'rbd', 'nbd', 'iscsi', 'nfs', 'local', 'nvmeof']),
  backendIdentity: z.string(),
  description: z.string(),
  readOnly: z.boolean(),
  encrypted: z.boolean(),
  // Records of before there was sharing don't have it.
  shareable: z.boolean().default(false),
  connectionInfo: z.record(z.string(), z.unknown()),
  interposers: z.array(interposerSchema),
  core: z.int().optional(),
  export: z.object({ name: z.string(), readOnly: z.boolean(), ending: z.literal(true).exactOptional() }).optional(),
  counting: counting.optional(),
  grants: z.array(z.string()),
  incomplete: z.literal(true).exactOptional(),
});

export function readVolumeRecord(
  directory: InstanceDirectory,
  attachmentId: string,
): Promise<VolumeRecord | undefined> {
  return readJson(pathOf(directory, attachmentId), volumeRecord);
}

export async function writeVolumeRecord(directory: InstanceDirectory, record: VolumeRecord): Promise<void> {
  await writeJson(pathOf(directory, record.attachmentId), record);
}

export async function removeVolumeRecord(directory: InstanceDirectory, attachmentId: string): Promise<void> {
  await rm(pathOf(directory, attachmentId), { force: true });
}

/** In the order of their ids. */
export async function readVolumeRecords(directory: InstanceDirectory): Promise<readonly VolumeRecord[]> {
  const names = await readdir(directory.volumesDirectory).catch(() => []);
  const ids = names
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .filter(isIdentifier);
  const records = await Promise.all(ids.toSorted().map((id) => readVolumeRecord(directory, id)));
  return records.filter((record) => record !== undefined);
}

function pathOf(directory: InstanceDirectory, attachmentId: string): string {
  return join(directory.volumesDirectory, `${attachmentId}.json`);
}
