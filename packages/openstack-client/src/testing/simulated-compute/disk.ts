import { type FileHandle, open, readFile } from 'node:fs/promises';
import { isRecord, type WireRecord } from '../../wire/record.ts';
import type { FoldedConnectionInfo } from './connection-info.ts';
import { SimulatedNovaError } from './simulated-nova-error.ts';

/** A disk of a simulated virtual machine: open from attach to detach, as QEMU has it. */
export interface AttachedDisk {
  readonly serverId: string;
  readonly volumeId: string;
  readonly attachmentId: string;
  /** In the guest, as Nova believes: `/dev/vdb`. */
  readonly device: string;
  /** Flat, as it came in Cinder's answer. */
  readonly connectionInfo: WireRecord;
  /** On the compute host; undefined for types that QEMU opens by itself (rbd) and this simulation does not. */
  readonly devicePath: string | undefined;
  /** Open for reading and writing while the disk is attached. */
  readonly handle: FileHandle | undefined;
}

/** Opens what QEMU would open; undefined where QEMU talks to the storage itself. Fails as QEMU would. */
export async function openDisk(
  info: FoldedConnectionInfo,
  sizeBytes: number,
): Promise<{ readonly path: string; readonly handle: FileHandle } | undefined> {
  const type = info.driver_volume_type;
  // Only these name a file or device that needs no initiator or mount by os-brick.
  if (type !== 'gpfs' && type !== 'local') return undefined;
  const path = info.data['device_path'];
  if (typeof path !== 'string') throw unusable(`connection_info of type ${type} has no device_path`);
  let handle: FileHandle;
  try {
    handle = await open(path, 'r+');
  } catch (cause) {
    throw unusable(`Could not open '${path}': ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  try {
    const actual = await sizeOf(handle, path, type);
    if (actual === sizeBytes) return { path, handle };
    throw unusable(`'${path}' has ${actual} bytes, the volume has ${sizeBytes}`);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function sizeOf(handle: FileHandle, path: string, type: string): Promise<number> {
  const stat = await handle.stat();
  if (stat.isBlockDevice()) {
    const [major, minor] = [Number((BigInt(stat.rdev) >> 8n) & 0xfffn), Number(BigInt(stat.rdev) & 0xffn)];
    return Number(await readFile(`/sys/dev/block/${major}:${minor}/size`, 'utf8')) * 512;
  }
  if (type === 'local') throw unusable(`'${path}' is no block device: 'host_device' driver requires it to be one`);
  return stat.size;
}

function unusable(message: string, cause?: unknown): SimulatedNovaError {
  return new SimulatedNovaError('disk_unusable', message, { cause });
}

/** connection_info as Nova has it in its database, from which it opens disks again without asking Cinder. */
export function storedConnectionInfo(value: WireRecord | undefined): FoldedConnectionInfo {
  const type = value?.['driver_volume_type'];
  const data = value?.['data'];
  if (typeof type === 'string' && isRecord(data)) return { driver_volume_type: type, data };
  throw unusable('Nova has no connection_info for this volume');
}
