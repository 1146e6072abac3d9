import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import * as http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  Attachment,
  AttachmentFilter,
  CreateAttachmentRequest,
  CreateAttachmentResponse,
  ExportAccess,
  Host,
  ResizeAttachmentResponse,
  StorageConnector,
} from '@iorcl/api';
import { ApiClientError } from '@iorcl/api';
import { OpenStackClient, passwordAuth } from '@iorcl/openstack-client';
import { FakeCloud } from '@iorcl/openstack-client/testing';
import { createLogger } from '@iorcl/service';
import type { PluggedNetwork, PlugRequest, TenantNetwork } from '@iorcl/vlan-netlink';
import { type AttachmentHook, handleRequest } from '../src/attachments/attachment-hook.ts';
import type { IoHost } from '../src/attachments/io-host.ts';
import { SerialQueue } from '../src/attachments/serial-queue.ts';
import { OpenStackCloudView } from '../src/cloud/openstack-cloud-view.ts';
import type { DiskPlace, ImportedDisk, Importer, ImportRequest, Possibility } from '../src/importers/contract.ts';
import { HostImporters } from '../src/importers/host-importers.ts';
import { Growth } from '../src/imports/growth.ts';
import { Imports, type NetworkPlugs } from '../src/imports/imports.ts';
import { RecordStore } from '../src/imports/record-store.ts';
import { createFrontDoor } from '../src/proxy/front-door.ts';
import { ReverseProxy } from '../src/proxy/reverse-proxy.ts';
import { closeServer, listen } from '../src/proxy/serving.ts';
import { importRecord } from './import-record.ts';

const GIB = 2 ** 30;

/** With which the pretended I/O host connects volumes. */
export const IO_HOST_CONNECTOR: StorageConnector = {
  host: 'io-1',
  ip: '192.0.2.10',
  initiator: 'iqn.1993-08.org.debian:01:io-1',
  nqn: 'nqn.2014-08.org.nvmexpress:uuid:5d8ec2ee-5b2d-4b1e-9d0b-4d2ad6b9a001',
  platform: 'x86_64',
  os_type: 'linux',
  multipath: false,
  do_local_attach: false,
};

/** What happens on both hosts, in order; and what shall fail. */
export class Events {
  readonly log: string[] = [];
  readonly failures = new Map<string, Error>();

  /** Fails if it shall. */
  happen(what: string): void {
    const failure = this.failures.get(what);
    this.log.push(failure === undefined ? what : `${what} fails`);
    if (failure !== undefined) throw failure;
  }
}

/** Does to Cinder what iorcld does, with its rule of who may share a volume, and exports nothing. */
export class PretendedIoHost implements IoHost {
  readonly attached = new Map<string, CreateAttachmentResponse>();
  #connector: StorageConnector | undefined = IO_HOST_CONNECTOR;
  readonly #cinder: OpenStackClient;
  readonly #cloud: FakeCloud;
  readonly #events: Events;

  constructor(cinder: OpenStackClient, cloud: FakeCloud, events: Events) {
    this.#cinder = cinder;
    this.#cloud = cloud;
    this.#events = events;
  }

  async createAttachment(request: CreateAttachmentRequest): Promise<CreateAttachmentResponse> {
    const { attachmentId: id, mountpoint } = request;
    this.#events.happen('io host attaches');
    const known = this.attached.get(id);
    if (known !== undefined) return known;
    const { attachments } = this.#cinder.blockStorage;
    const { raw, volumeId, instanceId } = this.#shares(request)
      ? await attachments.get(id)
      : await attachments.update(id, { ...IO_HOST_CONNECTOR, mountpoint });
    const { connection_info: _secret, ...attachment } = raw;
    const { network, access } = importRecord(id);
    const now = new Date().toISOString();
    const response: CreateAttachmentResponse = {
      attachment: {
        id,
        instanceId: instanceId ?? '',
        volumeId,
        sizeBytes: GIB,
        readOnly: false,
        mode: 'host',
        driver: 'qsd',
        ioHost: 'io-1',
        computeHost: request.computeHost,
        status: 'attached',
        network,
        address: access.address,
        port: access.port,
        fault: null,
        createdAt: now,
        updatedAt: now,
      },
      access,
      cinder: { attachment, accessMode: 'rw', qosSpecs: null, cacheable: false },
    };
    this.attached.set(id, response);
    return response;
  }

  /**
   * Whether it shares the volume with another attachment: that is for the live migration to another host, and there is no
   * third. Such a one is connected already, since Cinder takes no other connector meanwhile.
   */
  #shares({ attachmentId, computeHost }: CreateAttachmentRequest): boolean {
    const wanted = this.#cloud.attachments().find(({ id }) => id === attachmentId);
    const others = [...this.attached.values()].filter(({ attachment }) => attachment.volumeId === wanted?.volumeId);
    const [other] = others;
    if (other === undefined) return false;
    const { instanceId } = other.attachment;
    const migrating = this.#cloud.state.nova.server(instanceId)?.taskState === 'migrating';
    if (others.length === 1 && instanceId === wanted?.instanceId && migrating) {
      if (other.attachment.computeHost !== computeHost) return true;
    }
    throw new ApiClientError('attachment_conflict', `volume is attached by ${other.attachment.id}`, { status: 409 });
  }

  async deleteAttachment(id: string): Promise<void> {
    this.#events.happen('io host detaches');
    if (!this.attached.delete(id)) throw new ApiClientError('attachment_not_found', 'unknown', { status: 404 });
  }

  /** What iorcld's reconciler does by itself, or is asked for: takes over Cinder's size. */
  async resizeAttachment(id: string): Promise<ResizeAttachmentResponse> {
    this.#events.happen('io host resizes');
    const known = this.attached.get(id);
    if (known === undefined) throw new ApiClientError('attachment_not_found', 'unknown', { status: 404 });
    const sizeBytes = this.#cloud.volume(known.attachment.volumeId)?.sizeBytes ?? 0;
    const header = known.attachment.sizeBytes - known.access.sizeBytes;
    const access = { ...known.access, sizeBytes: sizeBytes - header };
    const attachment = { ...known.attachment, sizeBytes };
    this.attached.set(id, { ...known, attachment, access });
    return { attachment, exportedBytes: access.sizeBytes };
  }

  async showAttachment(id: string): Promise<CreateAttachmentResponse['attachment']> {
    this.#events.happen('io host is asked');
    const known = this.attached.get(id);
    if (known === undefined) throw new ApiClientError('attachment_not_found', 'unknown', { status: 404 });
    return known.attachment;
  }

  async listAttachments({ filter = {} }: { readonly filter?: AttachmentFilter } = {}): Promise<readonly Attachment[]> {
    const failure = this.#events.failures.get('io host lists');
    if (failure !== undefined) throw failure;
    const fits = (attachment: Attachment): boolean =>
      (['instanceId', 'volumeId', 'computeHost'] as const).every(
        (key) => filter[key] === undefined || filter[key] === attachment[key],
      );
    return [...this.attached.values()].map(({ attachment }) => attachment).filter(fits);
  }

  async listHosts(): Promise<readonly Host[]> {
    const failure = this.#events.failures.get('io host lists hosts');
    if (failure !== undefined) throw failure;
    const { size: attachments } = this.attached;
    const up = { zone: 'nova', status: 'enabled', state: 'up', updatedAt: new Date().toISOString() } as const;
    return [{ binary: 'iorcld', host: 'io-1', ...up, attachments, connector: this.#connector }];
  }

  /** As an older iorcld, which does not tell. */
  forgetConnector(): void {
    this.#connector = undefined;
  }
}

export class PretendedImporter implements Importer {
  readonly name: string = 'pretended';
  readonly transports = ['nbd'] as const;
  readonly networkEnd = 'tenant-namespace';
  readonly imported = new Set<string>();
  #onLoss: (attachmentId: string) => void = () => {};
  /** What a disk that grows waits for. */
  unsettled: string | undefined;
  protected readonly events: Events;

  constructor(events: Events) {
    this.events = events;
  }

  async probe(): Promise<Possibility> {
    return { possible: true };
  }

  async prepare(): Promise<void> {}

  place(attachmentId: string): DiskPlace {
    return { kind: 'file', path: `/imports/${attachmentId}/disk` };
  }

  async import({ attachmentId, access }: ImportRequest): Promise<ImportedDisk> {
    this.events.happen('import');
    this.imported.add(attachmentId);
    return { ...this.place(attachmentId), sizeBytes: access.sizeBytes };
  }

  async resize(attachmentId: string, access: ExportAccess): Promise<ImportedDisk> {
    this.events.happen('resize');
    const disk = { ...this.place(attachmentId), sizeBytes: access.sizeBytes };
    return this.unsettled === undefined ? disk : { ...disk, unsettled: this.unsettled };
  }

  async unimport(attachmentId: string): Promise<void> {
    this.events.happen('unimport');
    this.imported.delete(attachmentId);
  }

  async list(): Promise<readonly string[]> {
    return [...this.imported];
  }

  watch(onLoss: (attachmentId: string) => void): () => void {
    this.#onLoss = onLoss;
    return () => {
      this.#onLoss = () => {};
    };
  }

  /** The process of an import ends. */
  lose(attachmentId: string): void {
    this.imported.delete(attachmentId);
    this.#onLoss(attachmentId);
  }
}

/** Tenant networks that are plugged, in memory. One owner is enough here. */
export class PretendedPlugs implements NetworkPlugs {
  /** By network id. */
  readonly plugged = new Map<string, PluggedNetwork>();
  readonly #events: Events;

  constructor(events: Events) {
    this.#events = events;
  }

  async plug({ network, owner }: PlugRequest): Promise<PluggedNetwork> {
    this.#events.happen('plug');
    const plugged = {
      network,
      namespace: 'n',
      interfaceName: 'i',
      linkLocal: 'fe80::2',
      owners: [owner],
      changed: true,
    };
    this.plugged.set(network.networkId, plugged);
    return plugged;
  }

  async unplug({ network }: PlugRequest): Promise<{ removed: boolean }> {
    this.#events.happen('unplug');
    return { removed: this.plugged.delete(network.networkId) };
  }

  async list(): Promise<readonly PluggedNetwork[]> {
    return [...this.plugged.values()];
  }

  linkOf(): Pick<PluggedNetwork, 'interfaceName' | 'linkLocal'> {
    return { interfaceName: 'i', linkLocal: 'fe80::2' };
  }

  runInside<T>(_network: TenantNetwork, action: () => T): T {
    return action();
  }
}

export interface HookAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
}

/** A hook before a fake cloud, with pretended I/O host, networks and importer, and somebody who calls it as Nova does. */
export class HookBench implements AsyncDisposable {
  readonly events: Events;
  readonly cloud: FakeCloud;
  readonly ioHost: PretendedIoHost;
  readonly importer: PretendedImporter;
  readonly plugs: PretendedPlugs;
  readonly hook: AttachmentHook;
  /** What the hook logs. */
  readonly lines: string[] = [];
  readonly #directory: string;
  readonly #server: http.Server;
  readonly #service: OpenStackClient;
  readonly #user: OpenStackClient;
  readonly #nova: OpenStackClient;
  #projectId: string | undefined;

  private constructor(
    cloud: FakeCloud,
    directory: string,
    decisionTimeoutMs: number,
    parts: {
      readonly events: Events;
      readonly importer: PretendedImporter;
      readonly importers: HostImporters;
      readonly growthTimeoutMs: number;
    },
  ) {
    this.events = parts.events;
    this.importer = parts.importer;
    this.cloud = cloud;
    this.#directory = directory;
    this.#service = new OpenStackClient({ auth: passwordAuth(cloud.credentials.service) });
    this.#user = new OpenStackClient({ auth: passwordAuth(cloud.credentials.demo()) });
    this.#nova = new OpenStackClient({ auth: passwordAuth(cloud.credentials.nova) });
    this.ioHost = new PretendedIoHost(this.#service, cloud, this.events);
    this.plugs = new PretendedPlugs(this.events);
    const imports = new Imports({
      store: RecordStore.open(join(directory, 'records')),
      plugs: { 'tenant-namespace': this.plugs, 'initial-namespace': this.plugs },
      importers: parts.importers,
    });
    const queue = new SerialQueue();
    this.hook = {
      proxy: new ReverseProxy({ cinderEndpoint: cloud.endpoints.blockStorage }),
      cloud: new OpenStackCloudView(this.#service, decisionTimeoutMs),
      ioHost: this.ioHost,
      imports,
      growth: new Growth({ imports, ioHost: this.ioHost, queue, timeoutMs: parts.growthTimeoutMs }),
      queue,
    };
    this.#server = createFrontDoor({
      connections: this.hook.proxy.connections,
      logger: createLogger({ name: 'test', write: (line) => this.lines.push(line) }),
      handle: (exchange) => handleRequest(this.hook, exchange),
    });
  }

  /**
   * @param decisionTimeoutMs how long the hook waits for each question that a decision needs
   * @param growthTimeoutMs how long it lets whoever asks for a volume wait for an import to grow
   */
  static async start(decisionTimeoutMs: number = 15_000, growthTimeoutMs: number = 60_000): Promise<HookBench> {
    const directory = mkdtempSync(join(tmpdir(), 'iorcl-hook-'));
    const cloud = await FakeCloud.start({ volumesDirectory: join(directory, 'volumes') });
    const events = new Events();
    const importer = new PretendedImporter(events);
    const importers = await HostImporters.choose({ importers: [importer], kind: 'auto' });
    const bench = new HookBench(cloud, directory, decisionTimeoutMs, {
      events,
      importer,
      importers,
      growthTimeoutMs,
    });
    await listen(bench.#server, '127.0.0.1', 0);
    return bench;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return address.port;
  }

  /** Of the project on whose behalf calls are made; known after the first call. */
  get projectId(): string | undefined {
    return this.#projectId;
  }

  /** Names of the files that hold import records. */
  records(): readonly string[] {
    return readdirSync(join(this.#directory, 'records'));
  }

  /** A server of a flavor with these extra specs, with a volume reserved for it. */
  async reserved(extraSpecs: Readonly<Record<string, string>>): Promise<Reserved> {
    const flavor = this.cloud.addFlavor({ name: `f-${crypto.randomUUID()}`, extraSpecs });
    const server = this.cloud.addServer({ name: 's', flavor, host: 'compute-1' });
    const volume = this.cloud.addVolume({ sizeGiB: 1 });
    const { id } = await this.#user.blockStorage.attachments.create({
      volumeId: volume.id,
      instanceId: server.id,
      connector: null,
    });
    this.cloud.forgetRequests();
    return { attachmentId: id, serverId: server.id, volumeId: volume.id };
  }

  /** The headers by which nova-compute shows on whose behalf it calls, and that it is Nova. */
  async novaTokens(): Promise<Readonly<Record<string, string>>> {
    return { 'X-Auth-Token': await this.#user.token(), 'X-Service-Token': await this.#nova.token() };
  }

  /** Sends what nova-compute sends. `path` follows `/v3/PROJECT`. */
  async call(method: string, path: string, body?: unknown, port: number = this.port): Promise<HookAnswer> {
    return await this.callWith(await this.novaTokens(), method, path, body, port);
  }

  /** The same with other tokens. */
  async callWith(
    tokens: Readonly<Record<string, string>>,
    method: string,
    path: string,
    body?: unknown,
    port: number = this.port,
  ): Promise<HookAnswer> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    this.#projectId ??= (await this.#user.identity.validateToken(await this.#user.token())).projectId;
    const headers = {
      'User-Agent': 'python-cinderclient',
      Accept: 'application/json',
      ...tokens,
      'OpenStack-API-Version': 'volume 3.44',
      ...(text === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
    };
    return await new Promise((resolve, reject) => {
      // A connection of its own: one that is kept may be closed, because Cinder's was, just when it is used again.
      const options = { agent: false, port, host: '127.0.0.1', method, path: `/v3/${this.#projectId}${path}`, headers };
      const request = http.request(options);
      request.once('error', reject);
      request.once('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () => {
          const received = Buffer.concat(chunks).toString();
          const { statusCode: status = 0, headers: got, rawHeaders } = response;
          resolve({ status, headers: got, rawHeaders, text: received, json: jsonOf(received) });
        });
      });
      request.end(text);
    });
  }

  /** `PUT /attachments/{id}` as nova-compute's. */
  async connect(attachmentId: string): Promise<HookAnswer> {
    const connector = { platform: 'x86_64', host: 'compute-1', ip: '127.0.0.1', mountpoint: '/dev/vdb' };
    return await this.call('PUT', `/attachments/${attachmentId}`, { attachment: { connector } });
  }

  /** All that the tables of Cinder hold: equal before and after means that nothing was changed. */
  cinderState(): string {
    const volumes = this.cloud.attachments().map(({ volumeId }) => this.cloud.volume(volumeId));
    return JSON.stringify([this.cloud.attachments(), volumes]);
  }

  /** Requests that Cinder got to change something, as `METHOD path`. */
  changesAsked(): readonly string[] {
    return this.cloud
      .requests('block-storage')
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path }) => `${method} ${path.replace(/^\/v3\/[^/]+/, '')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server);
    for (const client of [this.#service, this.#user, this.#nova]) client.close();
    await this.cloud.stop();
    rmSync(this.#directory, { recursive: true });
  }
}

export interface Reserved {
  readonly attachmentId: string;
  readonly serverId: string;
  readonly volumeId: string;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
