import { closeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from '../../command/command.ts';
import { CommandError } from '../../command/command-error.ts';
import { startDetached } from '../../command/detached.ts';
import { DriverError, type Listener } from '../../contract.ts';
import { signalProcess, waitUntilGone } from '../../process/end-process.ts';
import { findProcesses } from '../../process/find-processes.ts';
import { type ProcessFacts, readProcess } from '../../process/process-facts.ts';
import { QmpClient } from '../../qmp/qmp-client.ts';
import { QmpError } from '../../qmp/qmp-error.ts';
import { readIfThere } from '../json-file.ts';
import { createAdmittedClients } from './admitted-clients.ts';
import { ClientCertificates } from './client-certificates.ts';
import { confined } from './confinement.ts';
import { daemonArguments, instanceOfArguments } from './daemon-arguments.ts';
import { InstanceDirectory } from './instance-directory.ts';
import type { ResolvedOptions } from './options.ts';

/** A daemon binds its QMP socket some milliseconds after it was started, and nothing tells when. */
const TRY_AGAIN_AFTER_MS = 5;
/** `quit` is answered at once; what takes time comes after. */
const QUIT_TIMEOUT_MS = 2_000;
const DYING_TIMEOUT_MS = 500;

/** The instance's running daemon. Its pid file is believed only when that process carries our mark. */
export async function findDaemon(options: ResolvedOptions, instanceId: string): Promise<ProcessFacts | undefined> {
  const { pidFile } = new InstanceDirectory(options.runtimeDirectory, instanceId);
  const isIts = (args: readonly string[]): boolean =>
    instanceOfArguments(args, options.runtimeDirectory) === instanceId;
  const pid = Number(await readIfThere(pidFile));
  const named = Number.isSafeInteger(pid) && pid > 0 ? await readProcess(pid) : undefined;
  return named !== undefined && isIts(named.args) ? named : (await findProcesses(isIts))[0];
}

/** Instances of which a daemon runs, whether or not their directory is still there. */
export async function instancesWithDaemon(options: ResolvedOptions): Promise<readonly string[]> {
  const instanceOf = (args: readonly string[]): string | undefined =>
    instanceOfArguments(args, options.runtimeDirectory);
  const processes = await findProcesses((args) => instanceOf(args) !== undefined);
  return processes.map(({ args }) => instanceOf(args)).filter((id) => id !== undefined);
}

/**
 * Starts a daemon that outlives this process, and waits until it takes commands.
 * @throws {DriverError} `data_plane_failed`, and nothing is left of it
 */
export async function startDaemon(
  options: ResolvedOptions,
  directory: InstanceDirectory,
  listener: Listener,
  signal: AbortSignal,
  attempt: 'first' | 'again' = 'first',
): Promise<{ readonly process: ProcessFacts; readonly qmp: QmpClient }> {
  let started: ProcessFacts | undefined;
  let qmp: QmpClient | undefined;
  const afterwards = attempt === 'again' ? 'keep-directory' : 'remove-directory';
  try {
    if (attempt === 'first') {
      await directory.create(listener);
      await createAdmittedClients(options, directory);
    }
    const command = await commandFor(options, directory);
    const socket = listener.openSocket();
    const { pid } = await startDetached(command, { logFile: directory.logFile, extraFds: [socket] }).finally(() =>
      closeSync(socket),
    );
    started = await readProcess(pid);
    qmp = await connectWhenReady(directory, pid, signal);
    const certificates = new ClientCertificates(directory, { qmp, call: { signal } });
    if (await certificates.areUsed()) {
      await certificates.enforce();
    }
    started = await readProcess(pid);
    if (started === undefined) {
      throw await ended(directory);
    }
    return { process: started, qmp };
  } catch (error) {
    // Else the monitor would not serve whoever tells the daemon to quit.
    qmp?.close();
    // Confined, it has become another program meanwhile: only then is it known by its command line.
    const now = started === undefined ? undefined : await readProcess(started.pid);
    if (now !== undefined && now.startTicks === started?.startTicks) {
      await stopDaemon(options, directory, now, afterwards);
    } else if (afterwards === 'remove-directory') {
      await directory.remove();
    }
    const known = error instanceof DriverError || error instanceof QmpError;
    throw known ? error : notStarted(options, listener, error);
  }
}

/**
 * Ends a daemon: asks it to quit, kills it when it doesn't, and makes sure that it is gone. Then its directory goes, too,
 * unless what is written there is to be used again.
 * @throws {DriverError} `data_plane_failed` when even SIGKILL doesn't end it (a process stuck in the kernel)
 */
export async function stopDaemon(
  options: ResolvedOptions,
  directory: InstanceDirectory,
  daemon: ProcessFacts,
  afterwards: 'remove-directory' | 'keep-directory' = 'remove-directory',
): Promise<void> {
  const quitting = await quit(directory);
  try {
    await waitUntilGone(daemon, AbortSignal.timeout(quitting ? options.stopTimeoutMs : DYING_TIMEOUT_MS));
  } catch {
    await signalProcess(daemon, 'SIGKILL');
    await waitUntilGone(daemon, AbortSignal.timeout(options.stopTimeoutMs)).catch((cause: unknown) => {
      const text = `qemu-storage-daemon (pid ${daemon.pid}) of instance ${directory.instanceId} doesn't end after SIGKILL`;
      throw new DriverError('data_plane_failed', `${text}: its storage hangs in the kernel`, {
        cause,
        retryable: true,
      });
    });
  }
  if (afterwards === 'remove-directory') {
    await directory.remove();
  }
}

async function commandFor(options: ResolvedOptions, directory: InstanceDirectory): Promise<Command> {
  const tls = (await new ClientCertificates(directory, undefined).areUsed()) ? 'x509' : 'psk';
  const command = { program: options.program, args: daemonArguments(directory, tls) };
  const { confinement } = options;
  return confinement === undefined ? command : confined(command, confinement, directory);
}

/** Whether the daemon said that it will. One that doesn't hangs, or is about to die anyway. */
async function quit(directory: InstanceDirectory): Promise<boolean> {
  const bound = { signal: AbortSignal.timeout(QUIT_TIMEOUT_MS) };
  try {
    const qmp = await QmpClient.connect(directory.qmpSocket, bound);
    await qmp.call('quit', {}, bound).finally(() => qmp.close());
    return true;
  } catch (error) {
    if (error instanceof QmpError) {
      return false;
    }
    throw error;
  }
}

async function connectWhenReady(directory: InstanceDirectory, pid: number, signal: AbortSignal): Promise<QmpClient> {
  for (;;) {
    try {
      return await QmpClient.connect(directory.qmpSocket, { signal });
    } catch (error) {
      if (!(error instanceof QmpError) || (error.code !== 'connect_failed' && error.code !== 'closed')) {
        throw error;
      }
    }
    if ((await readProcess(pid)) === undefined) {
      throw await ended(directory);
    }
    await delay(TRY_AGAIN_AFTER_MS);
  }
}

async function ended(directory: InstanceDirectory): Promise<DriverError> {
  const said = ((await readIfThere(directory.logFile)) ?? '').trim().slice(-2000);
  const why = said === '' ? 'it said nothing' : said;
  return new DriverError('data_plane_failed', `qemu-storage-daemon ended while it was starting: ${why}`);
}

function notStarted(options: ResolvedOptions, listener: Listener, cause: unknown): DriverError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const where = `listening on [${listener.address}]:${listener.port}`;
  const advice = cause instanceof CommandError ? ' (Debian: package qemu-system-common)' : '';
  return new DriverError('data_plane_failed', `${options.program} ${where} was not started: ${why}${advice}`, {
    cause,
  });
}
