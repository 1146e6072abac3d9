import type { WireReader } from '../../wire/reader.ts';
import type { Snapshot, SnapshotCreate } from './model.ts';

export function parseSnapshot(snapshot: WireReader): Snapshot {
  return {
    id: snapshot.string('id'),
    name: snapshot.optionalString('name'),
    description: snapshot.optionalString('description'),
    volumeId: snapshot.string('volume_id'),
    status: snapshot.string('status'),
    sizeGiB: snapshot.integer('size'),
    metadata: snapshot.stringRecordOrEmpty('metadata'),
    createdAt: snapshot.optionalDate('created_at'),
    raw: snapshot.raw,
  };
}

export function writeSnapshot({ volumeId: volume_id, name, description, force, metadata }: SnapshotCreate): object {
  return { volume_id, name, description, force, metadata };
}
