import { DriverError, type GrantRequest, type VolumeState } from '../../../contract.ts';
import type { InstanceDirectory } from '../instance-directory.ts';
import { readState, requireOpenVolume } from '../open-volume.ts';
import { PreSharedKeys } from '../pre-shared-keys.ts';
import type { Session } from '../session.ts';
import { readVolumeRecord, readVolumeRecords, writeVolumeRecord } from '../volume-record.ts';

/** Record first, key second: a key that is in force always has a record by which it is revoked. */
export async function grant(session: Session, request: GrantRequest): Promise<VolumeState> {
  const { attachmentId } = request.key;
  const { identity } = request;
  const { record } = await requireOpenVolume(session, attachmentId);
  const others = (await readVolumeRecords(session.directory)).filter((other) => other.attachmentId !== attachmentId);
  const holder = others.find((other) => other.grants.includes(identity));
  if (holder !== undefined) {
    throw new DriverError(
      'conflict',
      `identity "${identity}" is already granted for attachment ${holder.attachmentId}; use one identity per attachment, ` +
        'else revoking one would revoke both',
    );
  }
  if (!record.grants.includes(identity)) {
    await writeVolumeRecord(session.directory, { ...record, grants: [...record.grants, identity] });
  }
  await new PreSharedKeys(session.directory).put(identity, request.secretHex);
  return readState(session, attachmentId);
}

/** Key first, record second, for the same reason. */
export async function revoke(directory: InstanceDirectory, attachmentId: string, identity: string): Promise<void> {
  const record = await readVolumeRecord(directory, attachmentId);
  if (record?.grants.includes(identity) === true) {
    await new PreSharedKeys(directory).delete([identity]);
    const grants = record.grants.filter((granted) => granted !== identity);
    await writeVolumeRecord(directory, { ...record, grants });
  }
}
