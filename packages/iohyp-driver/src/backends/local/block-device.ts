import type { Stats } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, normalize } from 'node:path';
import { DriverError } from '../../contract.ts';
import { major, minor } from './device-number.ts';

/** A block device that passed the checks. */
export interface BlockDevice {
  readonly path: string;
  /** Device number, by which it is recognised again. */
  readonly number: number;
  /** Its hardware's or device mapper's own id, where it has one. */
  readonly id: string | undefined;
}

/**
 * Checks that a path that came from outside leads to a block device and begins as the operator allows. It may be a
 * symbolic link, as those that LVM and udev make are.
 * @throws {DriverError} `unsafe_path`, `backend_failed`
 */
export async function blockDevice(path: string, allowedPrefixes: readonly string[]): Promise<BlockDevice> {
  const refuse = (why: string): DriverError => new DriverError('unsafe_path', `${JSON.stringify(path)}: ${why}`);
  if (!isAbsolute(path) || path.includes('\0') || normalize(path) !== path) {
    throw refuse('not a plain absolute path');
  }
  if (!allowedPrefixes.some((prefix) => path.startsWith(prefix))) {
    const list = allowedPrefixes.length === 0 ? 'none is configured' : allowedPrefixes.join(', ');
    throw refuse(`doesn't begin with an allowed prefix (${list})`);
  }
  let stats: Stats;
  try {
    stats = await stat(await realpath(path));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DriverError('backend_failed', `block device ${JSON.stringify(path)}: ${why}`, { cause });
  }
  if (!stats.isBlockDevice()) {
    throw refuse('not a block device');
  }
  return { path, number: stats.rdev, id: await deviceId(stats.rdev) };
}

/** Whether a process has this very device open. */
export async function hasDeviceOpen(pid: number, device: BlockDevice): Promise<boolean> {
  const directory = `/proc/${pid}/fd`;
  for (const descriptor of await readdir(directory)) {
    const found = await stat(`${directory}/${descriptor}`).catch(() => undefined);
    if (found?.isBlockDevice() === true && found.rdev === device.number) {
      return true;
    }
  }
  return false;
}

/** Documentation/ABI of Linux: wwid of NVMe namespaces and SCSI devices, uuid of device mapper devices. */
async function deviceId(number: number): Promise<string | undefined> {
  const directory = `/sys/dev/block/${major(number)}:${minor(number)}`;
  for (const file of ['wwid', 'device/wwid', 'dm/uuid']) {
    const id = await readFile(`${directory}/${file}`, 'utf8').catch(() => '');
    if (id.trim() !== '') {
      return id.trim();
    }
  }
  return undefined;
}
