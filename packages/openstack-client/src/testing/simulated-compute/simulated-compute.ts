import { randomUUID } from 'node:crypto';
import type { WireRecord } from '../../wire/record.ts';
import type { FakeCloud } from '../fake-cloud.ts';
import { Fault } from '../http/fault.ts';
import type { FakeCredentials, IssuedToken } from '../keystone/model.ts';
import type { Background, ComputeBackend, ServerOperation, UserContext } from '../nova/compute.ts';
import type { FakeServer } from '../nova/model.ts';
import { attachReserved, reserveVolume } from './attach.ts';
import { boot, reserveForBoot } from './boot.ts';
import { CinderCalls } from './cinder-calls.ts';
import { ComputeHost } from './compute-host.ts';
import { libvirtConnector } from './connector.ts';
import { beginDetaching, deleteServer, detachVolume } from './detach.ts';
import { type AttachedDisk, storedConnectionInfo } from './disk.ts';
import { coldMigrate, liveMigrate } from './migrate.ts';
import { evacuate, rebuild } from './rebuild.ts';
import type { RecordedCall } from './recorded-call.ts';
import { shelve, unshelve } from './shelve.ts';
import { SimulatedNovaError } from './simulated-nova-error.ts';

export interface SimulatedComputeOptions {
  readonly cloud: FakeCloud;
  /** Name of the compute host, as in a server's `OS-EXT-SRV-ATTR:host`. */
  readonly host: string;
  /** Its availability zone. Default `nova`, where servers go that ask for none. */
  readonly zone?: string | undefined;
  /** nova-compute's `[cinder] endpoint_template`, origin only. Default: the cloud's Cinder. */
  readonly cinderEndpoint?: string | undefined;
  /** nova-api's. Default: the cloud's Cinder. */
  readonly apiCinderEndpoint?: string | undefined;
  /** The host's connector; `mountpoint` is the disk's device name. Default: a libvirt host's. */
  connector?(mountpoint: string): WireRecord;
  /** Longest wait for an answer of Cinder. Default 60 000. */
  readonly timeoutMs?: number | undefined;
}

/** Who asks Nova for the operation. Default: the server's owner. */
export interface OnBehalfOf {
  readonly as?: FakeCredentials;
}

/**
 * nova-api and nova-compute of one compute host, as far as volumes go: each operation sends the very requests to the
 * Block Storage API that a real Nova was recorded sending, and treats connection_info as Nova's libvirt driver does. A
 * disk is opened like a virtual machine opens it, and stays open until the detach. It also serves the users' own
 * requests to the cloud's Nova API for servers on its host.
 */
export class SimulatedCompute implements ComputeBackend {
  readonly host: string;
  /** What failed in the background, after Nova's API had answered. */
  readonly failures: unknown[] = [];
  readonly #cloud: FakeCloud;
  readonly #machine: ComputeHost;
  #novaToken: IssuedToken | undefined;

  constructor(options: SimulatedComputeOptions) {
    const { cloud, host } = options;
    this.host = host;
    this.#cloud = cloud;
    const calls = (from: RecordedCall['from'], endpoint: string | undefined): CinderCalls =>
      new CinderCalls({
        from,
        host,
        endpoint: endpoint ?? cloud.endpoints.blockStorage,
        timeoutMs: options.timeoutMs ?? 60_000,
        novaToken: () => this.#token(),
        record: (call) => cloud.state.novaCalls.push(call),
      });
    this.#machine = new ComputeHost({
      host,
      state: cloud.state,
      api: calls('nova-api', options.apiCinderEndpoint),
      compute: calls('nova-compute', options.cinderEndpoint),
      connector: (mountpoint) => options.connector?.(mountpoint) ?? libvirtConnector(host, '127.0.0.1', mountpoint),
    });
    cloud.state.computes.set(host, this);
    cloud.state.nova.addService('nova-compute', host, options.zone ?? 'nova');
    cloud.state.neutron.addAgent(host);
  }

  /** Attaches a volume. A failure has been rolled back, as Nova does, when this throws. */
  async attachVolume(serverId: string, volumeId: string, options?: OnBehalfOf): Promise<AttachedDisk> {
    const user = this.#user(serverId, options);
    const device = await reserveVolume(this.#machine, user, this.#machine.server(serverId), volumeId);
    return await attachReserved(this.#machine, user, serverId, device);
  }

  async detachVolume(serverId: string, volumeId: string, options?: OnBehalfOf): Promise<void> {
    const user = this.#user(serverId, options);
    await beginDetaching(this.#machine, user, serverId, volumeId);
    await detachVolume(this.#machine, user, serverId, volumeId);
  }

  /** Boots a server that was just added, with these volumes. */
  async boot(serverId: string, volumeIds: readonly string[], options?: OnBehalfOf): Promise<AttachedDisk[]> {
    const user = this.#user(serverId, options);
    await reserveForBoot(this.#machine, user, this.#machine.server(serverId), volumeIds);
    return await boot(this.#machine, user, serverId);
  }

  /** Deletes the server. Nova ignores it if Cinder refuses; `failures` tells. */
  async deleteServer(serverId: string, options?: OnBehalfOf): Promise<void> {
    const user = this.#user(serverId, options);
    this.failures.push(...(await deleteServer(this.#machine, user, serverId)));
  }

  /** Hard reboot, stop and start, suspend and resume: opens the disks again from what Nova remembers; asks nobody. */
  async hardReboot(serverId: string): Promise<AttachedDisk[]> {
    const disks: AttachedDisk[] = [];
    for (const device of this.#machine.server(serverId).blockDevices) {
      await this.#machine.unplug(serverId, device.volumeId);
      disks.push(await this.#machine.plug(serverId, device, storedConnectionInfo(device.connectionInfo)));
    }
    return disks;
  }

  async liveMigrate(serverId: string, destination: SimulatedCompute, options?: OnBehalfOf): Promise<AttachedDisk[]> {
    return await liveMigrate(this.#machine, destination.#machine, this.#user(serverId, options), serverId);
  }

  /** Cold migration and resize; from the destination back to here it is the revert. */
  async coldMigrate(serverId: string, destination: SimulatedCompute, options?: OnBehalfOf): Promise<AttachedDisk[]> {
    return await coldMigrate(this.#machine, destination.#machine, this.#user(serverId, options), serverId);
  }

  async rebuild(serverId: string, options?: OnBehalfOf): Promise<AttachedDisk[]> {
    return await rebuild(this.#machine, this.#user(serverId, options), serverId);
  }

  async shelve(serverId: string, options?: OnBehalfOf): Promise<void> {
    await shelve(this.#machine, this.#user(serverId, options), serverId);
  }

  /** Brings a shelved server to this host. */
  async unshelve(serverId: string, options?: OnBehalfOf): Promise<AttachedDisk[]> {
    return await unshelve(this.#machine, this.#user(serverId, options), serverId);
  }

  /** Brings a server of a dead host to this one. */
  async evacuate(serverId: string, options?: OnBehalfOf): Promise<AttachedDisk[]> {
    return await evacuate(this.#machine, this.#user(serverId, options), serverId);
  }

  /** The host dies: its disks are closed, nobody is told. */
  async die(): Promise<void> {
    await this.#machine.unplugAll();
  }

  /** Cinder's event `volume-extended` arrives: the one call that Nova makes with its own token. */
  async volumeExtended(volumeId: string): Promise<void> {
    const user: UserContext = { token: this.#token(), requestId: `req-${randomUUID()}` };
    await this.#machine.compute.getVolume(user, volumeId);
  }

  /** Every request that this host sent to the Block Storage API, in order. */
  get calls(): RecordedCall[] {
    return this.#cloud.state.novaCalls.filter(({ host }) => host === this.host);
  }

  /** A disk that is attached now. */
  disk(serverId: string, volumeId: string): AttachedDisk | undefined {
    return this.#machine.disk(serverId, volumeId);
  }

  async stop(): Promise<void> {
    await this.#machine.unplugAll();
    this.#machine.api.close();
    this.#machine.compute.close();
  }

  /** For Nova's API. */
  async beginAttach(server: FakeServer, volumeId: string, user: UserContext): Promise<Background> {
    const device = await asAnswer(reserveVolume(this.#machine, user, server, volumeId));
    return this.#background(device.device, attachReserved(this.#machine, user, server.id, device));
  }

  /** For Nova's API. */
  async beginDetach(server: FakeServer, volumeId: string, user: UserContext): Promise<Background> {
    const { device } = this.#machine.device(server.id, volumeId);
    await asAnswer(beginDetaching(this.#machine, user, server.id, volumeId));
    return this.#background(device, detachVolume(this.#machine, user, server.id, volumeId));
  }

  /** For Nova's API. */
  async beginBoot(
    server: FakeServer,
    volumeIds: readonly string[],
    user: UserContext,
    plugNetworks: () => void,
  ): Promise<Background> {
    await asAnswer(reserveForBoot(this.#machine, user, server, volumeIds));
    return this.#background('/dev/vda', boot(this.#machine, user, server.id, plugNetworks));
  }

  /** For Nova's API. */
  async beginDelete(server: FakeServer, user: UserContext): Promise<Background> {
    const work = deleteServer(this.#machine, user, server.id).then((failures) => this.failures.push(...failures));
    return this.#background('', work);
  }

  /** For Nova's API. */
  async begin(server: FakeServer, operation: ServerOperation, user: UserContext): Promise<Background> {
    return this.#background('', this.#operate(server, operation, user));
  }

  async #operate(server: FakeServer, operation: ServerOperation, user: UserContext): Promise<unknown> {
    switch (operation.kind) {
      case 'power-on':
        return await this.hardReboot(server.id);
      case 'power-off':
        for (const { volumeId } of server.blockDevices) await this.#machine.unplug(server.id, volumeId);
        return undefined;
      case 'rebuild':
        return await rebuild(this.#machine, user, server.id);
      case 'shelve':
        return await shelve(this.#machine, user, server.id);
      case 'unshelve':
        return await unshelve(this.#machine, user, server.id);
      case 'evacuate':
        return await evacuate(this.#machine, user, server.id);
      case 'cold-migrate':
      case 'live-migrate': {
        const { kind, destination } = operation;
        if (!(destination instanceof SimulatedCompute)) throw new Error(`${destination.host} is no simulated compute`);
        const migrate = kind === 'cold-migrate' ? coldMigrate : liveMigrate;
        return await migrate(this.#machine, destination.#machine, user, server.id);
      }
    }
  }

  #background(device: string, work: Promise<unknown>): Background {
    const done = work.then(
      () => true,
      (error: unknown) => {
        this.failures.push(error);
        return false;
      },
    );
    return { device, done };
  }

  #user(serverId: string, options: OnBehalfOf | undefined): UserContext {
    const { as } = options ?? {};
    if (as === undefined) return this.#cloud.state.ownerOf(serverId);
    return { token: this.#cloud.state.token(as.username, as.projectName), requestId: `req-${randomUUID()}` };
  }

  #token(): IssuedToken {
    const { nova } = this.#cloud.credentials;
    if (this.#novaToken === undefined || this.#cloud.state.keystone.findToken(this.#novaToken.value) === undefined) {
      this.#novaToken = this.#cloud.state.token(nova.username, nova.projectName);
    }
    return this.#novaToken;
  }
}

/** What Cinder refuses, Nova's API refuses too, with the same status; anything else is its own failure. */
async function asAnswer<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof SimulatedNovaError)) throw error;
    const status = error.status ?? 500;
    const kinds: Readonly<Record<number, string>> = { 400: 'badRequest', 403: 'forbidden', 404: 'itemNotFound' };
    const kind = kinds[status];
    const message = error.fault ?? error.message;
    throw kind === undefined ? new Fault(500, 'computeFault', error.message) : new Fault(status, kind, message);
  }
}
