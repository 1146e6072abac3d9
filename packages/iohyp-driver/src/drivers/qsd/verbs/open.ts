import type { PreparedBackend } from '../../../backends/backend.ts';
import { DriverError, type Listener, type OpenRequest, type VolumeState } from '../../../contract.ts';
import { removeNode, removeObject } from '../../../qmp/remove.ts';
import { findDaemon, startDaemon, stopDaemon } from '../daemon.ts';
import { blockNames } from '../identifiers.ts';
import { InstanceDirectory, instancesWithDirectory } from '../instance-directory.ts';
import { findOpenVolume, findOpenVolumes, readState } from '../open-volume.ts';
import type { ResolvedOptions } from '../options.ts';
import { openSession, type Session, withOtherBounds } from '../session.ts';
import { readVolumeRecords, removeVolumeRecord, writeVolumeRecord } from '../volume-record.ts';

const UNDO_TIMEOUT_MS = 5_000;

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
  const session = await sessionFor(options, directory, request.listener, signal);
  try {
    const open = await findOpenVolume(session, attachmentId);
    if (open !== undefined) {
      if (open.record.backendIdentity !== backend.identity || open.record.readOnly !== readOnly) {
        const how = (ro: boolean): string => (ro ? 'read-only' : 'writable');
        throw new DriverError(
          'conflict',
          `already open: ${open.record.backendIdentity} (${how(open.record.readOnly)}), ` +
            `asked for ${backend.identity} (${how(readOnly)}); close it first`,
        );
      }
      return await readState(session, attachmentId);
    }
    await refuseSecondOpening(options, request, backend, readOnly);
    await writeVolumeRecord(directory, {
      attachmentId,
      backend: backend.kind,
      backendIdentity: backend.identity,
      readOnly,
      grants: [],
    });
    await addNodes(session, attachmentId, backend, readOnly);
    await backend.verify(session.process.pid);
    return await readState(session, attachmentId);
  } catch (error) {
    await undo(options, session, attachmentId, error);
    throw error;
  } finally {
    session.qmp.close();
  }
}

async function sessionFor(
  options: ResolvedOptions,
  directory: InstanceDirectory,
  listener: Listener,
  signal: AbortSignal,
): Promise<Session> {
  const session = await openSession(options, directory, signal);
  if (session === undefined) {
    // Whatever is there belonged to a daemon that has died.
    await directory.remove();
    const daemon = await startDaemon(options, directory, listener, signal);
    return { directory, ...daemon, call: { signal, timeoutMs: options.verbTimeoutMs } };
  }
  const has = await directory.readListener();
  if (has?.address !== listener.address || has.port !== listener.port) {
    session.qmp.close();
    const now = has === undefined ? 'at an unknown address' : `on [${has.address}]:${has.port}`;
    const asked = `[${listener.address}]:${listener.port}`;
    throw new DriverError('conflict', `the instance's exports are ${now}, asked for ${asked}; close its volumes first`);
  }
  return session;
}

/**
 * QEMU's own lock on files is taken only with the first writer and doesn't exist for RBD: so what this I/O host has open
 * is looked up first.
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

async function addNodes(
  session: Session,
  attachmentId: string,
  backend: PreparedBackend,
  readOnly: boolean,
): Promise<void> {
  const names = blockNames(attachmentId);
  await removeNodes(session, attachmentId);
  const secretIds: Record<string, string> = {};
  try {
    for (const [index, { option, base64 }] of backend.secrets.entries()) {
      const id = `${names.storage}-s${index}`;
      secretIds[option] = id;
      await session.qmp.execute(
        'object-add',
        { 'qom-type': 'secret', id, data: base64, format: 'base64' },
        session.call,
      );
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
  } finally {
    for (const id of Object.values(secretIds)) {
      await removeObject(session.qmp, id, { timeoutMs: UNDO_TIMEOUT_MS });
    }
  }
}

async function removeNodes(session: Session, attachmentId: string): Promise<void> {
  const names = blockNames(attachmentId);
  await removeNode(session.qmp, names.raw, session.call);
  await removeNode(session.qmp, names.storage, session.call);
}

/** A volume that was open before stays as it was; of one that wasn't, nothing stays. */
async function undo(options: ResolvedOptions, session: Session, attachmentId: string, error: unknown): Promise<void> {
  const bounded = withOtherBounds(session, UNDO_TIMEOUT_MS);
  try {
    if (error instanceof DriverError && error.code === 'conflict' && (await findOpenVolume(bounded, attachmentId))) {
      return;
    }
    await removeNodes(bounded, attachmentId);
    await removeVolumeRecord(session.directory, attachmentId);
    if ((await findOpenVolumes(bounded)).length > 0) {
      return;
    }
  } catch (failure) {
    // A daemon that no longer answers serves nobody; with other volumes in it, it is not ours to end here.
    if ((await readVolumeRecords(session.directory)).some((record) => record.attachmentId !== attachmentId)) {
      throw new AggregateError([error, failure], 'neither opened nor undone');
    }
  }
  session.qmp.close();
  await stopDaemon(options, session.directory, session.process);
}
