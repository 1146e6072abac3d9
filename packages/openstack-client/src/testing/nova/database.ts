import { randomUUID } from 'node:crypto';
import type { FakeClock } from '../clock.ts';
import { Table } from '../table.ts';
import type { BlockDevice, FakeComputeService, FakeFlavor, FakeKeypair, FakeMigration, FakeServer } from './model.ts';

export interface NewFlavor {
  readonly name: string;
  readonly id?: string | undefined;
  readonly vcpus?: number | undefined;
  readonly ramMiB?: number | undefined;
  readonly diskGiB?: number | undefined;
  /** False: only admins see it. Default true. */
  readonly isPublic?: boolean | undefined;
  readonly extraSpecs?: Readonly<Record<string, string>> | undefined;
}

/** Nova's tables. */
export class NovaDatabase {
  readonly #flavors = new Map<string, FakeFlavor>();
  readonly #servers = new Map<string, FakeServer>();
  readonly services: Table<FakeComputeService> = new Table();
  readonly migrations: FakeMigration[] = [];
  /** By project. */
  readonly instanceQuotas: Map<string, number> = new Map();
  keypairs: readonly FakeKeypair[] = [];
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
    for (const binary of ['nova-scheduler', 'nova-conductor']) this.addService(binary, 'controller', 'internal');
  }

  now(): Date {
    return this.#clock.date();
  }

  /** Nothing happens when it is there already. */
  addService(binary: string, host: string, zone: string): void {
    if (this.services.find((service) => service.binary === binary && service.host === host) !== undefined) return;
    const enabled = { status: 'enabled', disabledReason: null, forcedDown: false } as const;
    this.services.save({ id: randomUUID(), binary, host, zone, ...enabled });
  }

  /** The nova-compute of a host. */
  serviceOf(host: string): FakeComputeService | undefined {
    return this.services.find((service) => service.binary === 'nova-compute' && service.host === host);
  }

  /** Of a compute host. */
  zoneOf(host: string | undefined): string {
    return (host === undefined ? undefined : this.serviceOf(host)?.zone) ?? 'nova';
  }

  /** Whether the scheduler may put a server on a host. */
  takesServers(host: string): boolean {
    const service = this.serviceOf(host);
    return service === undefined || (service.status === 'enabled' && !service.forcedDown);
  }

  addFlavor(flavor: NewFlavor): FakeFlavor {
    const row: FakeFlavor = {
      id: flavor.id ?? randomUUID(),
      name: flavor.name,
      vcpus: flavor.vcpus ?? 1,
      ramMiB: flavor.ramMiB ?? 128,
      diskGiB: flavor.diskGiB ?? 1,
      isPublic: flavor.isPublic ?? true,
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
