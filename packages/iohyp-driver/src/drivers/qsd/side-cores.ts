import { readFile } from 'node:fs/promises';
import { LocalCommandRunner } from '../../command/local-command-runner.ts';
import { findDaemon } from './daemon.ts';
import { InstanceDirectory, instancesWithDirectory } from './instance-directory.ts';
import { servesInThreads } from './io-thread.ts';
import type { ResolvedOptions } from './options.ts';
import type { Session } from './session.ts';
import { readVolumeRecords } from './volume-record.ts';

const runner = new LocalCommandRunner();

/**
 * The side core for another volume of this instance: the one that the fewest volumes of this host have. Where the daemon
 * serves all its volumes in one thread, the one that this thread has. Undefined when no cores are configured.
 */
export async function placeVolume(
  options: ResolvedOptions,
  session: Session,
  attachmentId: string,
): Promise<number | undefined> {
  if (!servesInThreads(session)) {
    const siblings = await readVolumeRecords(session.directory);
    const placed = siblings.find((record) => record.attachmentId !== attachmentId && record.core !== undefined);
    if (placed !== undefined) {
      return placed.core;
    }
  }
  return leastLoadedCore(options, attachmentId);
}

/** Lets the daemon, or one thread of it, run on these cores only; what it starts from now on, too. */
export async function bindTo(cores: string, { process, call }: Session, what: 'daemon' | 'main thread'): Promise<void> {
  const all = what === 'daemon' ? ['--all-tasks'] : [];
  const args = [...all, '--pid', '--cpu-list', cores, `${process.pid}`];
  await runner.run({ program: 'taskset', args }, call.signal === undefined ? {} : { signal: call.signal });
}

/** proc(5), status: such as `2` or `0-7`. */
export async function coresOf({ process }: Session): Promise<string> {
  const status = await readFile(`/proc/${process.pid}/status`, 'utf8');
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '';
}

async function leastLoadedCore(options: ResolvedOptions, attachmentId: string): Promise<number | undefined> {
  const cores = options.confinement?.cores ?? [];
  if (cores.length < 2) {
    return cores[0];
  }
  const taken: (number | undefined)[] = [];
  for (const instanceId of await instancesWithDirectory(options.runtimeDirectory)) {
    const records = await readVolumeRecords(new InstanceDirectory(options.runtimeDirectory, instanceId));
    if (records.length > 0 && (await findDaemon(options, instanceId)) !== undefined) {
      taken.push(...records.filter((record) => record.attachmentId !== attachmentId).map(({ core }) => core));
    }
  }
  const loads = cores.map((core) => ({ core, volumes: taken.filter((other) => other === core).length }));
  return loads.toSorted((one, other) => one.volumes - other.volumes)[0]?.core;
}
