import { type AdoptRequest, DriverError, type InstanceState } from '../../../contract.ts';
import { buildVolume, isAsRecorded } from '../build-volume.ts';
import { startDaemon, stopDaemon } from '../daemon.ts';
import type { InstanceDirectory } from '../instance-directory.ts';
import { findOpenVolume, findOpenVolumes } from '../open-volume.ts';
import type { ResolvedOptions } from '../options.ts';
import { openSession, type Session } from '../session.ts';
import { putLimitsRight } from '../stages.ts';
import { readVolumeRecords, type VolumeRecord } from '../volume-record.ts';
import { inspect } from './inspect.ts';
import { unexportVolume } from './unexport.ts';

/**
 * Takes over a running daemon, in which only what isn't as it is recorded is changed: what a verb that was cut short has
 * left. One that has died is made anew from the records and keys that it left: they are what was in force, so its clients
 * find all as it was.
 */
export async function adopt(
  options: ResolvedOptions,
  directory: InstanceDirectory,
  { listener }: AdoptRequest,
  signal: AbortSignal,
): Promise<InstanceState | undefined> {
  const running = await openSession(options, directory, signal);
  if (running !== undefined) {
    try {
      await putAllRight(options, running);
      return await inspect(running);
    } finally {
      running.qmp.close();
    }
  }
  const was = await directory.readListener();
  const records = await completeRecords(directory);
  if (was === undefined || records.length === 0) {
    return undefined;
  }
  if (was.address !== listener.address || was.port !== listener.port) {
    const asked = `[${listener.address}]:${listener.port}`;
    throw new DriverError(
      'conflict',
      `the instance's exports were on [${was.address}]:${was.port}, asked for ${asked}`,
    );
  }
  const daemon = await startDaemon(options, directory, listener, signal, 'again');
  const session: Session = { directory, ...daemon, call: { signal, timeoutMs: options.verbTimeoutMs } };
  try {
    await putAllRight(options, session);
    return await inspect(session);
  } catch (error) {
    await endIfEmpty(options, session);
    throw error;
  } finally {
    session.qmp.close();
  }
}

async function completeRecords(directory: InstanceDirectory): Promise<readonly VolumeRecord[]> {
  return (await readVolumeRecords(directory)).filter(({ incomplete }) => incomplete !== true);
}

/** All that can be: one storage that is away holds up no other volume. The first failure is thrown in the end. */
async function putAllRight(options: ResolvedOptions, session: Session): Promise<void> {
  const failures: unknown[] = [];
  for (const record of await completeRecords(session.directory)) {
    await putRight(options, session, record).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) {
    throw failures[0];
  }
}

async function putRight(options: ResolvedOptions, session: Session, record: VolumeRecord): Promise<void> {
  if (record.export?.ending === true) {
    await unexportVolume(session, record.attachmentId);
  }
  const volume = await findOpenVolume(session, record.attachmentId);
  if (volume !== undefined && isAsRecorded(volume)) {
    await putLimitsRight(session, volume);
    return;
  }
  const { export: wanted, ...rest } = record;
  await buildVolume(options, session, wanted?.ending === true ? rest : record);
}

/** A daemon that serves nothing is ended again. What it was to serve stays recorded. */
async function endIfEmpty(options: ResolvedOptions, session: Session): Promise<void> {
  const served = await findOpenVolumes(session).catch(() => []);
  if (served.length === 0) {
    session.qmp.close();
    await stopDaemon(options, session.directory, session.process, 'keep-directory');
  }
}
