import type { WireRecord } from '../../wire/record.ts';
import type { CloudState } from '../cloud-state.ts';
import type { BlockDevice, FakeServer } from '../nova/model.ts';
import type { CinderCalls } from './cinder-calls.ts';
import type { FoldedConnectionInfo } from './connection-info.ts';
import { type AttachedDisk, openDisk } from './disk.ts';
import { SimulatedNovaError } from './simulated-nova-error.ts';

export interface ComputeHostOptions {
  readonly host: string;
  readonly state: CloudState;
  readonly api: CinderCalls;
  readonly compute: CinderCalls;
  connector(mountpoint: string): WireRecord;
}

/** One compute host: its clients of Cinder, and the disks that its virtual machines have open. */
export class ComputeHost {
  readonly host: string;
  readonly state: CloudState;
  /** nova-api's client. */
  readonly api: CinderCalls;
  /** nova-compute's client. */
  readonly compute: CinderCalls;
  readonly connector: (mountpoint: string) => WireRecord;
  readonly #disks = new Map<string, AttachedDisk>();

  constructor(options: ComputeHostOptions) {
    this.host = options.host;
    this.state = options.state;
    this.api = options.api;
    this.compute = options.compute;
    this.connector = options.connector;
  }

  server(id: string): FakeServer {
    const server = this.state.nova.server(id);
    if (server === undefined) throw new Error(`the fake cloud has no server ${id}`);
    return server;
  }

  device(serverId: string, volumeId: string): BlockDevice {
    const device = this.state.nova.blockDevice(serverId, volumeId);
    if (device !== undefined) return device;
    throw new SimulatedNovaError('not_attached', `Instance ${serverId} is not attached to volume ${volumeId}`);
  }

  disk(serverId: string, volumeId: string): AttachedDisk | undefined {
    return this.#disks.get(`${serverId} ${volumeId}`);
  }

  disks(): AttachedDisk[] {
    return [...this.#disks.values()];
  }

  /** Gives the virtual machine the disk, as QEMU would open it. */
  async plug(serverId: string, device: BlockDevice, info: FoldedConnectionInfo): Promise<AttachedDisk> {
    const volume = this.state.cinder.volume(device.volumeId);
    const opened = await openDisk(info, volume?.sizeBytes ?? 0);
    const disk: AttachedDisk = {
      serverId,
      volumeId: device.volumeId,
      attachmentId: device.attachmentId,
      device: device.device,
      connectionInfo: { ...info.data, driver_volume_type: info.driver_volume_type },
      devicePath: opened?.path,
      handle: opened?.handle,
    };
    this.#disks.set(`${serverId} ${device.volumeId}`, disk);
    return disk;
  }

  /** Takes the disk out of the virtual machine. Nothing happens when it is not there. */
  async unplug(serverId: string, volumeId: string): Promise<void> {
    const disk = this.disk(serverId, volumeId);
    this.#disks.delete(`${serverId} ${volumeId}`);
    await disk?.handle?.close();
  }

  async unplugAll(): Promise<void> {
    for (const { serverId, volumeId } of this.disks()) await this.unplug(serverId, volumeId);
  }
}
