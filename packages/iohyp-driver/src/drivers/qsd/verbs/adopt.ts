import { type AdoptRequest, DriverError, type InstanceState } from '../../../contract.ts';
import { buildVolume } from '../build-volume.ts';
import { startDaemon, stopDaemon } from '../daemon.ts';
import type { InstanceDirectory } from '../instance-directory.ts';
import type { ResolvedOptions } from '../options.ts';
import { openSession, type Session } from '../session.ts';
import { readVolumeRecords } from '../volume-record.ts';
import { inspect } from './inspect.ts';

/**
 * Takes over a running daemon as it is. One that has died is made anew from the records and keys that it left: they are
 * what was in force, so its clients find all as it was.
 */
export async function adopt(
  options: ResolvedOptions,
  directory: InstanceDirectory,
  { listener }: AdoptRequest,
  signal: AbortSignal,
): Promise<InstanceState | undefined> {
  const running = await openSession(options, directory, signal);
  if (running !== undefined) {
    return inspect(running).finally(() => running.qmp.close());
  }
  const was = await directory.readListener();
  const records = await readVolumeRecords(directory);
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
    for (const record of records) {
      await buildVolume(options, session, record);
    }
    return await inspect(session);
  } catch (error) {
    session.qmp.close();
    await stopDaemon(options, directory, session.process, 'keep-directory');
    throw error;
  } finally {
    session.qmp.close();
  }
}
