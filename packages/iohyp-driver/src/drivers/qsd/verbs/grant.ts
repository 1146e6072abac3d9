import { DriverError, type GrantRequest, type VolumeState } from '../../../contract.ts';
import { admittedClients } from '../admitted-clients.ts';
import { ClientCertificates } from '../client-certificates.ts';
import type { InstanceDirectory } from '../instance-directory.ts';
import { readState, requireOpenVolume } from '../open-volume.ts';
import type { ResolvedOptions } from '../options.ts';
import { openSession, type Session } from '../session.ts';
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
  await (await admittedClients(session.directory, session)).put(identity, request.secretHex);
  return readState(session, attachmentId);
}

/** Key first, record second, for the same reason. */
export async function revoke(
  options: ResolvedOptions,
  directory: InstanceDirectory,
  attachmentId: string,
  identity: string,
  signal: AbortSignal,
): Promise<void> {
  // Keys are in a file: also of a daemon that hangs they can be taken away.
  const usesFile = !(await new ClientCertificates(directory, undefined).areUsed());
  const session = usesFile ? undefined : await openSession(options, directory, signal);
  try {
    await revokeIn(directory, session, attachmentId, identity);
  } finally {
    session?.qmp.close();
  }
}

async function revokeIn(
  directory: InstanceDirectory,
  session: Session | undefined,
  attachmentId: string,
  identity: string,
): Promise<void> {
  const record = await readVolumeRecord(directory, attachmentId);
  if (record?.grants.includes(identity) === true) {
    await (await admittedClients(directory, session)).delete([identity]);
    const grants = record.grants.filter((granted) => granted !== identity);
    await writeVolumeRecord(directory, { ...record, grants });
  }
}
