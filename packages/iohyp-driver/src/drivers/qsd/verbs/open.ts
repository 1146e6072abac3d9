import type { PreparedBackend } from '../../../backends/backend.ts';
import { DriverError, type Listener, type OpenRequest, type VolumeState } from '../../../contract.ts';
import { removeNode, removeObject } from '../../../qmp/remove.ts';
import { findDaemon, startDaemon, stopDaemon } from '../daemon.ts';
import { blockNames } from '../identifiers.ts';
import { InstanceDirectory, instancesWithDirectory } from '../instance-directory.ts';
import { findOpenVolume, findOpenVolumes, readState } from '../open-volume.ts';
import type { ResolvedOptions } from '../options.ts';
import { PreSharedKeys } from '../pre-shared-keys.ts';
import { forUndoing, openSession, type Session } from '../session.ts';
import {
  readVolumeRecord,
  readVolumeRecords,
  removeVolumeRecord,
  type VolumeRecord,
  writeVolumeRecord,
} from '../volume-record.ts';

/** Opens a checked backend in the instance's daemon, which is started when none runs. */
export async function openVolume(
  options: ResolvedOptions,
  directory: InstanceDirectory,
  request: OpenRequest,
  backend: PreparedBackend,
  readOnly: boolean,
  signal: AbortSignal,
): Promise<VolumeState> {
  const { attachmentId } = request.key;
  await refuseSecondOpening(options, request, backend, readOnly);
  const { session, fresh } = await sessionFor(options, directory, request.listener, signal);
  let begun = fresh;
  try {
    const open = await findOpenVolume(session, attachmentId);
    if (open === undefined) {
      begun = true;
      await addVolume(session, attachmentId, backend, readOnly);
    } else {
      refuseOther(open.record, backend, readOnly);
    }
    return await readState(session, attachmentId);
  } catch (error) {
    if (begun) {
      await undo(options, session, attachmentId, backend, error);
    }
    throw error;
  } finally {
    session.qmp.close();
  }
}

function refuseOther(record: VolumeRecord, backend: PreparedBackend, readOnly: boolean): void {
  if (record.backendIdentity !== backend.identity || record.readOnly !== readOnly) {
    const how = (ro: boolean): string => (ro ? 'read-only' : 'writable');
    throw new DriverError(
      'conflict',
      `already open: ${record.description} (${how(record.readOnly)}), ` +
        `asked for ${backend.description} (${how(readOnly)}); close it first`,
    );
  }
}

async function sessionFor(
  options: ResolvedOptions,
  directory: InstanceDirectory,
  listener: Listener,
  signal: AbortSignal,
): Promise<{ readonly session: Session; readonly fresh: boolean }> {
  const session = await openSession(options, directory, signal);
  if (session === undefined) {
    // Whatever is there belonged to a daemon that has died.
    await directory.remove();
    const daemon = await startDaemon(options, directory, listener, signal);
    return { session: { directory, ...daemon, call: { signal, timeoutMs: options.verbTimeoutMs } }, fresh: true };
  }
  const has = await directory.readListener();
  if (has?.address !== listener.address || has.port !== listener.port) {
    session.qmp.close();
    const now = has === undefined ? 'at an unknown address' : `on [${has.address}]:${has.port}`;
    const asked = `[${listener.address}]:${listener.port}`;
    throw new DriverError('conflict', `the instance's exports are ${now}, asked for ${asked}; close its volumes first`);
  }
  return { session, fresh: false };
}

/**
 * QEMU locks files against other QEMU processes that insist on being alone, such as a virtual machine. But NBD exports
 * share their file with each other, and for RBD there is no lock: so what this I/O host has open is looked up first.
 */
async function refuseSecondOpening(
  options: ResolvedOptions,
  request: OpenRequest,
  backend: PreparedBackend,
  readOnly: boolean,
): Promise<void> {
  for (const instanceId of await instancesWithDirectory(options.runtimeDirectory)) {
    const directory = new InstanceDirectory(options.runtimeDirectory, instanceId);
    const other = (await readVolumeRecords(directory)).find(
      (record) =>
        record.backendIdentity === backend.identity &&
        record.attachmentId !== request.key.attachmentId &&
        !(record.readOnly && readOnly),
    );
    if (other !== undefined && (await findDaemon(options, instanceId)) !== undefined) {
      throw new DriverError(
        'conflict',
        `${backend.description} is already open for attachment ${other.attachmentId} of instance ${instanceId}, ` +
          'and two writers would destroy it',
      );
    }
  }
}

async function addVolume(
  session: Session,
  attachmentId: string,
  backend: PreparedBackend,
  readOnly: boolean,
): Promise<void> {
  // What a crash in the midst of an earlier open or close left: keys first, since the record is the only way to them.
  const stale = await readVolumeRecord(session.directory, attachmentId);
  await new PreSharedKeys(session.directory).delete(stale?.grants ?? []);
  await writeVolumeRecord(session.directory, {
    attachmentId,
    backend: backend.kind,
    backendIdentity: backend.identity,
    description: backend.description,
    readOnly,
    grants: [],
  });
  await removeNodes(session, attachmentId);
  await removeSecrets(session, attachmentId, backend);
  await addNodes(session, attachmentId, backend, readOnly);
  await backend.verify(session.process.pid);
}

async function addNodes(
  session: Session,
  attachmentId: string,
  backend: PreparedBackend,
  readOnly: boolean,
): Promise<void> {
  const names = blockNames(attachmentId);
  const secretIds: Record<string, string> = {};
  for (const [index, { option, base64 }] of backend.secrets.entries()) {
    const id = names.secret(index);
    secretIds[option] = id;
    await session.qmp.execute('object-add', { 'qom-type': 'secret', id, data: base64, format: 'base64' }, session.call);
  }
  const shared = { 'read-only': readOnly, discard: 'unmap' };
  await session.qmp.execute(
    'blockdev-add',
    { ...backend.blockdev, ...secretIds, ...shared, 'node-name': names.storage },
    session.call,
  );
  await session.qmp.execute(
    'blockdev-add',
    { driver: 'raw', ...shared, 'node-name': names.raw, file: names.storage },
    session.call,
  );
  await removeSecrets(session, attachmentId, backend);
}

async function removeNodes(session: Session, attachmentId: string): Promise<void> {
  const names = blockNames(attachmentId);
  await removeNode(session.qmp, names.raw, session.call);
  await removeNode(session.qmp, names.storage, session.call);
}

/** They are needed only while the storage is being opened. */
async function removeSecrets(session: Session, attachmentId: string, backend: PreparedBackend): Promise<void> {
  for (const index of backend.secrets.keys()) {
    await removeObject(session.qmp, blockNames(attachmentId).secret(index), session.call);
  }
}

/** Takes back what was begun; a daemon that then has nothing open ends. */
async function undo(
  options: ResolvedOptions,
  session: Session,
  attachmentId: string,
  backend: PreparedBackend,
  cause: unknown,
): Promise<void> {
  const bounded = forUndoing(session);
  try {
    await removeNodes(bounded, attachmentId);
    await removeSecrets(bounded, attachmentId, backend);
    await removeVolumeRecord(session.directory, attachmentId);
    if ((await findOpenVolumes(bounded)).length > 0) {
      return;
    }
  } catch (failure) {
    // A daemon that no longer answers may be ended when it has nothing else; otherwise that isn't ours to decide.
    if ((await readVolumeRecords(session.directory)).some((record) => record.attachmentId !== attachmentId)) {
      const why = failure instanceof Error ? failure.message : String(failure);
      const text = `failed, and can't be undone now (${why}); the instance has other volumes, so its daemon is let be`;
      throw new DriverError('data_plane_failed', text, { cause, retryable: true });
    }
  }
  session.qmp.close();
  await stopDaemon(options, session.directory, session.process);
}
