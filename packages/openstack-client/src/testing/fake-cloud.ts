import { randomUUID } from 'node:crypto';
import type { WireRecord } from '../wire/record.ts';
import { cinder } from './cinder/cinder.ts';
import type { NewVolume } from './cinder/database.ts';
import type { DriverConnection, FakeAttachment, FakeVolume, FakeVolumeStatus } from './cinder/model.ts';
import type { VolumeQuotas } from './cinder/quotas.ts';
import { fileType, typeOf } from './cinder/volume-types.ts';
import type { FakeClock } from './clock.ts';
import { CloudState } from './cloud-state.ts';
import { glance } from './glance/glance.ts';
import type { FakeServiceName, RecordedRequest } from './http/exchange.ts';
import { FakeService, type FakeServiceDefinition, type FakeServiceHost } from './http/fake-service.ts';
import type { InjectedFault, NewFault } from './http/injected-fault.ts';
import type { Outage } from './http/outage.ts';
import { keystoneId } from './keystone/id.ts';
import { keystone } from './keystone/keystone.ts';
import type { FakeCredentials } from './keystone/model.ts';
import type { NewNetwork } from './neutron/database.ts';
import type { FakeNetwork } from './neutron/model.ts';
import { neutron } from './neutron/neutron.ts';
import type { NewFlavor } from './nova/database.ts';
import { type FakeFlavor, type FakeServer, NEW_SERVER } from './nova/model.ts';
import { nova } from './nova/nova.ts';
import type { RecordedCall } from './simulated-compute/recorded-call.ts';

export interface FakeCloudOptions {
  /** Where volumes of file-backed types live, as sparse files. Made if missing; removing it is the caller's business. */
  readonly volumesDirectory: string;
  /** Default one hour. */
  readonly tokenLifetimeMs?: number | undefined;
  /** Default `RegionOne`. */
  readonly region?: string | undefined;
  /** How often a volume made through the API says `creating` before it is `available`. Default 0. */
  readonly volumeCreationPolls?: number | undefined;
  /** Type of volumes made through the API without one. Default `file`. */
  readonly defaultVolumeType?: string | undefined;
  /** Services that run, but are missing in the catalog. */
  readonly withoutEndpoints?: readonly FakeServiceName[] | undefined;
}

/** `http://127.0.0.1:PORT` of each service, without a path. */
export interface FakeEndpoints {
  readonly identity: string;
  readonly compute: string;
  readonly blockStorage: string;
  readonly network: string;
  readonly image: string;
}

export interface FakeCredentialsSet {
  /** User `iorcl` with the roles admin and service in project `service`. */
  readonly service: FakeCredentials;
  /** User and project `admin`. */
  readonly admin: FakeCredentials;
  /** Nova's own user: the roles admin and service in project `service`. */
  readonly nova: FakeCredentials;
  /** An ordinary member of a project (default `demo`), who is made at the first call. */
  demo(project?: string): FakeCredentials;
}

export interface NewServer {
  readonly name: string;
  /** Name or row. */
  readonly flavor: string | FakeFlavor;
  /** Names or rows; one port each. */
  readonly networks?: readonly (string | FakeNetwork)[] | undefined;
  /** Compute host. */
  readonly host: string;
  /** Name; default `demo`. */
  readonly project?: string | undefined;
}

/** What a project may have; undefined: any number. */
export interface FakeQuotas extends VolumeQuotas {
  readonly instances?: number | undefined;
}

export interface NewVolumeType {
  readonly name: string;
  /** Whether its volumes are files. Default false. */
  readonly fileBacked?: boolean | undefined;
  /** What the storage driver answers: anything, also types that Nova doesn't know. */
  connect(volume: FakeVolume, path: string, connector: WireRecord): DriverConnection;
}

const SERVICE_ROLES = ['reader', 'member', 'admin', 'service'];

/**
 * A small cloud in this process: Keystone, Nova, Cinder, Neutron and Glance, each a real HTTP server on 127.0.0.1 with a port of
 * its own. Its Cinder keeps Cinder's rules for attachments, checked against recordings of a real one.
 */
export class FakeCloud {
  /** The databases behind the APIs. */
  readonly state: CloudState;
  readonly credentials: FakeCredentialsSet;
  readonly #services: ReadonlyMap<FakeServiceName, FakeService>;

  private constructor(options: FakeCloudOptions) {
    const state = new CloudState({
      volumesDirectory: options.volumesDirectory,
      tokenLifetimeMs: options.tokenLifetimeMs ?? 3_600_000,
    });
    this.state = state;
    const definitions: FakeServiceDefinition[] = [
      keystone(state.keystone, state.clock),
      nova(state.nova, state.neutron, () => [...state.computes.values()], {
        extended: (serverId, volumeId) => state.volumeExtended(serverId, volumeId),
        isMultiattach: (volumeId) => state.cinder.volume(volumeId)?.multiattach ?? false,
      }),
      cinder(state.cinder, {
        askNova: (instanceId, volumeId) => state.nova.blockDevice(instanceId, volumeId)?.attachmentId,
        tellNova: (instanceId, volumeId) => state.volumeExtended(instanceId, volumeId),
        findImage: (id) => state.glance.metadata(id),
        creationPolls: options.volumeCreationPolls ?? 0,
        defaultType: options.defaultVolumeType ?? fileType.name,
      }),
      neutron(state.neutron),
      glance(state.glance),
    ];
    const host: FakeServiceHost = {
      findToken: (value) => state.keystone.findToken(value),
      keystoneUrl: 'http://keystone',
      record: (request) => state.requests.push(request),
      takeFault: (candidate) => state.faults.take(candidate),
      revokeToken: (value) => state.keystone.revokeToken(value),
      now: () => state.clock.date(),
    };
    this.#services = new Map(definitions.map((definition) => [definition.name, new FakeService(definition, host)]));
    this.credentials = this.#makeCredentials();
  }

  /** Listens when it resolves. */
  static async start(options: FakeCloudOptions): Promise<FakeCloud> {
    const cloud = new FakeCloud(options);
    for (const service of cloud.#services.values()) await service.start();
    cloud.#fillCatalog(options);
    return cloud;
  }

  /** Keystone's URL, with `/v3`. */
  get authUrl(): string {
    return `${this.endpoints.identity}/v3`;
  }

  get endpoints(): FakeEndpoints {
    return {
      identity: this.#service('identity').origin,
      compute: this.#service('compute').origin,
      blockStorage: this.#service('block-storage').origin,
      network: this.#service('network').origin,
      image: this.#service('image').origin,
    };
  }

  /** Ends all servers, connections and simulated computes. Volume files stay where they are. */
  async stop(): Promise<void> {
    for (const compute of this.state.computes.values()) await compute.stop();
    for (const service of this.#services.values()) await service.stop();
  }

  /** A user with these roles (and those they imply) in a project; user and project are made if missing. */
  addUser(user: {
    readonly name: string;
    readonly project: string;
    readonly roles: readonly string[];
  }): FakeCredentials {
    const project = this.state.keystone.project(user.project);
    const { name, password } = this.state.keystone.user(user.name, project, user.roles);
    const cloud = this;
    return {
      get authUrl() {
        return cloud.authUrl;
      },
      username: name,
      password,
      projectName: project.name,
      userDomainName: 'Default',
      projectDomainName: 'Default',
    };
  }

  /** One more service in the catalog, with the interfaces public, internal and admin at the same URL. */
  addCatalogService(service: {
    readonly type: string;
    readonly name: string;
    /** `%(project_id)s` stands for the token's project. */
    readonly url: string;
    readonly region?: string | undefined;
  }): void {
    const { services, endpoints } = this.state.keystone;
    const { type, name, url, region = 'RegionOne' } = service;
    const { id: serviceId } =
      services.find((existing) => existing.type === type && existing.name === name) ??
      services.save({ id: keystoneId(), type, name, description: undefined, enabled: true });
    for (const kind of ['public', 'internal', 'admin']) {
      endpoints.save({ id: keystoneId(), serviceId, interface: kind, region, url, enabled: true });
    }
  }

  addFlavor(flavor: NewFlavor): FakeFlavor {
    return this.state.nova.addFlavor(flavor);
  }

  addNetwork(network: NewNetwork): FakeNetwork {
    return this.state.neutron.addNetwork(network, this.state.keystone.project(network.project ?? 'admin').id);
  }

  /** A public image that servers and volumes can be made from. Answers its id. */
  addImage(image: { readonly name: string; readonly metadata?: WireRecord; readonly bytes?: Uint8Array }): string {
    const { id } = this.state.glance.add({
      name: image.name,
      status: 'active',
      visibility: 'public',
      diskFormat: 'raw',
      containerFormat: 'bare',
      properties: image.metadata ?? {},
      bytes: Buffer.from(image.bytes ?? []),
      ownerId: this.state.keystone.project('admin').id,
    });
    return id;
  }

  /** A running server with a bound port on each network. It has no volumes. */
  addServer(server: NewServer): FakeServer {
    const owner = this.credentials.demo(server.project);
    const token = this.state.token(owner.username, owner.projectName);
    const flavor = this.#find(this.state.nova.flavors(), server.flavor, 'flavor');
    const row: FakeServer = {
      ...NEW_SERVER,
      id: randomUUID(),
      name: server.name,
      status: 'ACTIVE',
      projectId: token.project.id,
      userId: token.user.id,
      flavor,
      imageId: randomUUID(),
      host: server.host,
      createdAt: this.clock.date(),
      updatedAt: this.clock.date(),
    };
    this.state.nova.saveServer(row);
    for (const wanted of server.networks ?? []) {
      const network = this.#find(this.state.neutron.networks(), wanted, 'network');
      this.state.neutron.addPort(network, row.id, row.projectId, row.host);
    }
    return row;
  }

  /** An available volume of a project (default `demo`). */
  addVolume(volume: NewVolume & { readonly project?: string | undefined }): FakeVolume {
    const owner = this.credentials.demo(volume.project);
    const token = this.state.token(owner.username, owner.projectName);
    return this.state.cinder.addVolume(volume, token.project.id, token.user.id, 'available');
  }

  /** A volume type whose driver answers what you want: for connection_info that nobody has seen yet. */
  addVolumeType(type: NewVolumeType): void {
    this.state.cinder.addType(
      typeOf(type.name, {
        fileBacked: type.fileBacked ?? false,
        backendName: type.name,
        connect: (volume, path, connector) => type.connect(volume, path, connector),
      }),
    );
  }

  /** Path of a file-backed volume's bytes. */
  volumeFile(volumeId: string): string {
    return this.state.cinder.path(volumeId);
  }

  /** A volume as Cinder's database has it; undefined when it is gone. */
  volume(id: string): FakeVolume | undefined {
    return this.state.cinder.volume(id);
  }

  /** All attachments as Cinder's database has them. */
  attachments(): FakeAttachment[] {
    return this.state.cinder.attachments();
  }

  /** A server as Nova's database has it; undefined when it is gone. */
  server(id: string): FakeServer | undefined {
    return this.state.nova.server(id);
  }

  /** What an operator's `cinder reset-state` does. */
  setVolumeStatus(id: string, status: FakeVolumeStatus): void {
    this.state.cinder.updateVolume(id, { status });
  }

  /**
   * What a project may have from now on: `volumes`, `gigabytes` and `snapshots` of Cinder, `instances` of Nova. Without it
   * there is no limit.
   */
  setQuotas(project: string, quotas: FakeQuotas): void {
    const { id } = this.state.keystone.project(project);
    const { instances, ...ofVolumes } = quotas;
    this.state.cinder.quotas.set(id, ofVolumes);
    if (instances === undefined) this.state.nova.instanceQuotas.delete(id);
    else this.state.nova.instanceQuotas.set(id, instances);
  }

  /** A server writes this to its serial console. */
  writeConsole(serverId: string, text: string): void {
    const before = this.state.nova.server(serverId)?.console ?? '';
    this.state.nova.updateServer(serverId, { console: before + text });
  }

  /** What Cinder and its backend do at an extend, before Nova hears of it. */
  extendVolume(id: string, sizeGiB: number): void {
    this.state.cinder.resizeVolume(id, sizeGiB);
  }

  /** All requests so far, in the order of their answers. */
  requests(service?: FakeServiceName): RecordedRequest[] {
    return this.state.requests.filter((request) => service === undefined || request.service === service);
  }

  /** What all simulated computes asked of the Block Storage API, in order. */
  novaCalls(): readonly RecordedCall[] {
    return this.state.novaCalls;
  }

  forgetRequests(): void {
    this.state.requests.length = 0;
    this.state.novaCalls.length = 0;
  }

  /**
   * Puts a fault in the way of the requests that fit: a delay, an error, a dropped connection, an expired token.
   *
   * @example
   * cloud.inject({ service: 'compute', method: 'GET', times: 2, effect: { kind: 'answer', status: 503 } });
   */
  inject(fault: NewFault): InjectedFault {
    return this.state.faults.add(fault);
  }

  /** Removes all injected faults. */
  clearFaults(): void {
    this.state.faults.clear();
  }

  /** The cloud's time: what it writes into answers, and what tokens expire by. */
  get clock(): FakeClock {
    return this.state.clock;
  }

  /** Every token that was given out is invalid from now on. */
  revokeTokens(): void {
    this.state.keystone.revokeAllTokens();
  }

  /** Takes a service out of order (`true`: 503), or puts it back (`false`). */
  async outage(service: FakeServiceName, outage: Outage | boolean): Promise<void> {
    const kind = outage === true ? 'unavailable' : outage === false ? undefined : outage;
    await this.#service(service).setOutage(kind);
  }

  #service(name: FakeServiceName): FakeService {
    const service = this.#services.get(name);
    if (service === undefined) throw new Error(`the fake cloud has no service ${name}`);
    return service;
  }

  #fillCatalog({ region = 'RegionOne', withoutEndpoints = [] }: FakeCloudOptions): void {
    const { identity, compute, blockStorage, network, image } = this.endpoints;
    const volumes = `${blockStorage}/v3/%(project_id)s`;
    const all = [
      { type: 'block-storage', name: 'cinder', url: volumes, of: 'block-storage' },
      { type: 'identity', name: 'keystone', url: `${identity}/v3/`, of: 'identity' },
      { type: 'network', name: 'neutron', url: network, of: 'network' },
      { type: 'compute', name: 'nova', url: `${compute}/v2.1`, of: 'compute' },
      { type: 'image', name: 'glance', url: image, of: 'image' },
      { type: 'volumev3', name: 'cinderv3', url: volumes, of: 'block-storage' },
    ];
    for (const { type, name, url } of all.filter(({ of }) => !withoutEndpoints.some((without) => without === of))) {
      this.addCatalogService({ type, name, url, region });
    }
  }

  #makeCredentials(): FakeCredentialsSet {
    return {
      service: this.addUser({ name: 'iorcl', project: 'service', roles: SERVICE_ROLES }),
      nova: this.addUser({ name: 'nova', project: 'service', roles: SERVICE_ROLES }),
      admin: this.addUser({ name: 'admin', project: 'admin', roles: ['reader', 'member', 'admin'] }),
      // A project may be called as one of the users above.
      demo: (project = 'demo') => this.addUser({ name: `${project}-user`, project, roles: ['reader', 'member'] }),
    };
  }

  #find<T extends { readonly id: string; readonly name: string }>(rows: T[], wanted: string | T, what: string): T {
    if (typeof wanted !== 'string') return wanted;
    const found = rows.find(({ id, name }) => name === wanted || id === wanted);
    if (found === undefined) throw new Error(`the fake cloud has no ${what} ${wanted}`);
    return found;
  }
}
