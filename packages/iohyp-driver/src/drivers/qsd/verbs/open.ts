import type { PreparedBackend } from '../../../backends/backend.ts';
import { connectStorage, disconnectStorage } from '../../../backends/connect-storage.ts';
import {
  DriverError,
  type ExpectedStorage,
  type Listener,
  type OpenRequest,
  type VolumeState,
} from '../../../contract.ts';
import { QmpError } from '../../../qmp/qmp-error.ts';
import { admittedClients } from '../admitted-clients.ts';
import { takeDown } from '../build-volume.ts';
import { beginCounting } from '../counting.ts';
import { startDaemon, stopDaemon } from '../daemon.ts';
import type { InstanceDirectory } from '../instance-directory.ts';
import { addIoThread } from '../io-thread.ts';
import { findOpenVolume, readState } from '../open-volume.ts';
import type { ResolvedOptions } from '../options.ts';
import { signalOf } from '../plaintext.ts';
import { refuseSecondOpening } from '../second-opening.ts';
import { forUndoing, openSession, type Session } from '../session.ts';
import { placeVolume } from '../side-cores.ts';
import { addNodes } from '../volume-nodes.ts';
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
  refuseOtherId(backend, request.expected);
  await refuseSecondOpening(options, request, backend, readOnly);
  const { session, fresh } = await sessionFor(options, directory, request.listener, signal);
  let begun = fresh;
  try {
    const open = await findOpenVolume(session, attachmentId);
    if (open === undefined || open.record.incomplete === true) {
      begun = true;
      await addVolume(options, session, request, backend, readOnly);
    } else {
      refuseOther(open.record, backend, readOnly);
    }
    await refuseOtherSize(session, request, backend);
    if (begun) {
      await finish(session, attachmentId);
    }
    return await readState(session, attachmentId);
  } catch (error) {
    if (begun) {
      await undo(options, session, attachmentId, error);
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

function refuseOtherId({ id, description }: PreparedBackend, expected: ExpectedStorage | undefined): void {
  if (expected?.id !== undefined && expected.id !== id) {
    const has = id === undefined ? 'has no id that its backend tells' : `is ${JSON.stringify(id)}`;
    throw new DriverError('wrong_volume', `${description} ${has}, expected ${JSON.stringify(expected.id)}`);
  }
}

async function refuseOtherSize(session: Session, request: OpenRequest, backend: PreparedBackend): Promise<void> {
  const expected = request.expected?.sizeBytes;
  const sizeBytes = (await findOpenVolume(session, request.key.attachmentId))?.raw.sizeBytes;
  if (expected !== undefined && sizeBytes !== expected) {
    throw new DriverError(
      'wrong_volume',
      `${backend.description} has ${sizeBytes} bytes, expected ${expected}: the path may lead to another volume`,
    );
  }
}

/** From now on it is made anew when it is lost. */
async function finish({ directory }: Session, attachmentId: string): Promise<void> {
  const record = await readVolumeRecord(directory, attachmentId);
  if (record?.incomplete === true) {
    const { incomplete: _, ...complete } = record;
    await writeVolumeRecord(directory, complete);
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
  // Whoever doesn't get the session must not leave it open: the monitor would serve nobody else.
  const has = await directory.readListener().catch((error: unknown) => {
    session.qmp.close();
    throw error;
  });
  if (has?.address !== listener.address || has.port !== listener.port) {
    session.qmp.close();
    const now = has === undefined ? 'at an unknown address' : `on [${has.address}]:${has.port}`;
    const asked = `[${listener.address}]:${listener.port}`;
    throw new DriverError('conflict', `the instance's exports are ${now}, asked for ${asked}; close its volumes first`);
  }
  return { session, fresh: false };
}

async function addVolume(
  options: ResolvedOptions,
  session: Session,
  { key: { attachmentId }, connectionInfo, willDecrypt, shareable }: OpenRequest,
  backend: PreparedBackend,
  readOnly: boolean,
): Promise<void> {
  // What a crash in the midst of an earlier open or close left: keys first, since the record is the only way to them.
  const stale = await readVolumeRecord(session.directory, attachmentId);
  await (await admittedClients(session.directory, session)).delete(stale?.grants ?? []);
  const core = await placeVolume(options, session, attachmentId);
  const record: VolumeRecord = {
    attachmentId,
    backend: backend.kind,
    backendIdentity: backend.identity,
    description: backend.description,
    readOnly,
    encrypted: willDecrypt === true,
    shareable: shareable === true,
    connectionInfo,
    interposers: [],
    core,
    grants: [],
    incomplete: true,
  };
  await writeVolumeRecord(session.directory, record);
  await takeDown(options, session, attachmentId);
  await addIoThread(options, session, attachmentId, core);
  const connected = await connectStorage(backend, attachmentId, signalOf(session));
  const { backend: counted, counting } = await beginCounting(session.directory, attachmentId, connected);
  await writeVolumeRecord(session.directory, { ...record, counting });
  await addNodes(session, attachmentId, counted, readOnly).catch((error: unknown) => {
    throw error instanceof QmpError ? error.about(backend.description) : error;
  });
  await connected.verify(session.process.pid);
}

/** Takes back what was begun; a daemon that then has nothing open ends. */
async function undo(options: ResolvedOptions, session: Session, attachmentId: string, cause: unknown): Promise<void> {
  const bounded = forUndoing(session);
  try {
    await takeDown(options, bounded, attachmentId);
    await disconnectStorage(options.backends, attachmentId);
    await removeVolumeRecord(session.directory, attachmentId);
    if ((await readVolumeRecords(session.directory)).length > 0) {
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
