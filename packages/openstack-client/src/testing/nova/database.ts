import { randomUUID } from 'node:crypto';
import type { BlockDevice, FakeFlavor, FakeServer } from './model.ts';

export interface NewFlavor {
  readonly name: string;
  readonly id?: string | undefined;
  readonly vcpus?: number | undefined;
  readonly ramMiB?: number | undefined;
  readonly diskGiB?: number | undefined;
  readonly extraSpecs?: Readonly<Record<string, string>> | undefined;
}

/** Nova's tables. */
export class NovaDatabase {
  readonly #flavors = new Map<string, FakeFlavor>();
  readonly #servers = new Map<string, FakeServer>();

  addFlavor(flavor: NewFlavor): FakeFlavor {
    const row: FakeFlavor = {
      id: flavor.id ?? randomUUID(),
      name: flavor.name,
      vcpus: flavor.vcpus ?? 1,
      ramMiB: flavor.ramMiB ?? 128,
      diskGiB: flavor.diskGiB ?? 1,
      extraSpecs: { ...flavor.extraSpecs },
    };
    this.#flavors.set(row.id, row);
    return row;
  }

  flavors(): FakeFlavor[] {
    return [...this.#flavors.values()];
  }

  flavor(id: string): FakeFlavor | undefined {
    return this.#flavors.get(id);
  }

  saveFlavor(flavor: FakeFlavor): void {
    this.#flavors.set(flavor.id, flavor);
  }

  removeFlavor(id: string): void {
    this.#flavors.delete(id);
  }

  servers(): FakeServer[] {
    return [...this.#servers.values()];
  }

  server(id: string): FakeServer | undefined {
    return this.#servers.get(id);
  }

  saveServer(server: FakeServer): void {
    this.#servers.set(server.id, server);
  }

  updateServer(id: string, change: Partial<FakeServer>): void {
    const server = this.#servers.get(id);
    if (server !== undefined) this.#servers.set(id, { ...server, ...change });
  }

  removeServer(id: string): void {
    this.#servers.delete(id);
  }

  blockDevice(serverId: string, volumeId: string): BlockDevice | undefined {
    return this.#servers.get(serverId)?.blockDevices.find((device) => device.volumeId === volumeId);
  }

  /** Adds the device, or replaces the one of the same volume. */
  saveBlockDevice(serverId: string, device: BlockDevice): void {
    const others = this.#others(serverId, device.volumeId);
    this.updateServer(serverId, { blockDevices: [...others, device] });
  }

  removeBlockDevice(serverId: string, volumeId: string): void {
    this.updateServer(serverId, { blockDevices: this.#others(serverId, volumeId) });
  }

  /** The first free of /dev/vdb, /dev/vdc, …; /dev/vda is the root disk's. */
  freeDeviceName(serverId: string): string {
    const taken = new Set(this.#servers.get(serverId)?.blockDevices.map(({ device }) => device));
    for (const letter of 'bcdefghijklmnopqrstuvwxyz') {
      if (!taken.has(`/dev/vd${letter}`)) return `/dev/vd${letter}`;
    }
    throw new Error(`server ${serverId} has no free device name`);
  }

  #others(serverId: string, volumeId: string): BlockDevice[] {
    return this.#servers.get(serverId)?.blockDevices.filter((device) => device.volumeId !== volumeId) ?? [];
  }
}
