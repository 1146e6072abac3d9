import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { controllersOf, deleteController, diskOf, type NvmeController } from '@iorcl/iohyp-driver';
import type { NvmeConnection } from './nvme-connection.ts';

const SECTOR_BYTES = 512;
const LOOK_EVERY_MS = 50;

/** All connections of this client to the volume's subsystem, by whatever link. */
export async function connectionsOf({ subsystemNqn, hostNqn }: NvmeConnection): Promise<readonly NvmeController[]> {
  return (await controllersOf(subsystemNqn)).filter((controller) => controller.hostNqn === hostNqn);
}

/** Whether a connection goes where it should. */
export function leadsTo({ portal }: NvmeController, { address, port }: NvmeConnection): boolean {
  return portal.address === address && portal.port === port;
}

/** Size of the disk in bytes; undefined while there is none. */
export async function sizeOfDisk({ subsystemNqn, namespaceUuid }: NvmeConnection): Promise<number | undefined> {
  const disk = await diskOf(subsystemNqn, { uuid: namespaceUuid });
  if (disk === undefined) return undefined;
  const sectors = Number(await readFile(`/sys/block/${disk}/size`, 'utf8').catch(() => '0'));
  return sectors > 0 ? sectors * SECTOR_BYTES : undefined;
}

/**
 * Waits until the disk has what is wanted.
 *
 * @returns its size; undefined: not within the time
 */
export async function untilDisk(
  connection: NvmeConnection,
  wanted: (sizeBytes: number) => boolean,
  withinMs: number,
): Promise<number | undefined> {
  const until = Date.now() + withinMs;
  for (;;) {
    const size = await sizeOfDisk(connection);
    if (size !== undefined && wanted(size)) return size;
    if (Date.now() >= until) return undefined;
    await delay(LOOK_EVERY_MS);
  }
}

/** Ends connections. The kernel may hold on to one for as long as its disk is used. Answers those that are left. */
export async function endConnections(
  connection: NvmeConnection,
  which: (controller: NvmeController) => boolean,
  withinMs: number,
): Promise<readonly NvmeController[]> {
  const until = Date.now() + withinMs;
  for (;;) {
    const left = (await connectionsOf(connection)).filter(which);
    const restMs = until - Date.now();
    if (left.length === 0 || restMs <= 0) return left;
    await Promise.race([Promise.all(left.map(deleteController)), delay(restMs, undefined, { ref: false })]);
  }
}
