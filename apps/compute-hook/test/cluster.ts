import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenStackClient, passwordAuth } from '@iorcl/openstack-client';
import { FakeCloud, SimulatedCompute } from '@iorcl/openstack-client/testing';
import { type AttachmentHook, handleRequest } from '../src/attachments/attachment-hook.ts';
import { SerialQueue } from '../src/attachments/serial-queue.ts';
import { OpenStackCloudView } from '../src/cloud/openstack-cloud-view.ts';
import type { DiskPlace, ImportedDisk, ImportRequest } from '../src/importers/contract.ts';
import { HostImporters } from '../src/importers/host-importers.ts';
import { Growth } from '../src/imports/growth.ts';
import { Imports } from '../src/imports/imports.ts';
import { RecordStore } from '../src/imports/record-store.ts';
import { createFrontDoor } from '../src/proxy/front-door.ts';
import { ReverseProxy } from '../src/proxy/reverse-proxy.ts';
import { closeServer, listen } from '../src/proxy/serving.ts';
import { Events, PretendedImporter, PretendedIoHost, PretendedPlugs } from './hook-bench.ts';
import { silent } from './wire.ts';

/** The disk is the volume's own file, as far as a guest can tell. */
class LinkingImporter extends PretendedImporter {
  readonly #directory: string;
  readonly #cloud: FakeCloud;

  constructor(events: Events, directory: string, cloud: FakeCloud) {
    super(events);
    this.#directory = directory;
    this.#cloud = cloud;
  }

  override place(attachmentId: string): DiskPlace {
    return { kind: 'file', path: join(this.#directory, attachmentId) };
  }

  override async import(request: ImportRequest): Promise<ImportedDisk> {
    const disk = await super.import(request);
    const volumeId = this.#cloud.attachments().find(({ id }) => id === request.attachmentId)?.volumeId;
    if (volumeId === undefined) throw new Error('Cinder has no such attachment');
    if (!existsSync(disk.path)) symlinkSync(this.#cloud.volumeFile(volumeId), disk.path);
    return disk;
  }

  override async unimport(attachmentId: string): Promise<void> {
    await super.unimport(attachmentId);
    rmSync(this.place(attachmentId).path, { force: true });
  }
}

/** A compute host: a stock nova-compute, and the hook that stands before Cinder for it. */
export interface ClusterHost {
  readonly nova: SimulatedCompute;
  readonly hook: AttachmentHook;
  readonly importer: PretendedImporter;
  readonly plugs: PretendedPlugs;
  readonly events: Events;
  readonly server: Server;
}

/** Several compute hosts with hooks, one I/O host and one cloud. */
export class Cluster implements AsyncDisposable {
  readonly cloud: FakeCloud;
  readonly ioHost: PretendedIoHost;
  /** What happens on the I/O host. */
  readonly events: Events = new Events();
  readonly hosts: ClusterHost[] = [];
  readonly #directory: string;
  readonly #service: OpenStackClient;

  private constructor(cloud: FakeCloud, directory: string) {
    this.cloud = cloud;
    this.#directory = directory;
    this.#service = new OpenStackClient({ auth: passwordAuth(cloud.credentials.service) });
    this.ioHost = new PretendedIoHost(this.#service, cloud, this.events);
  }

  static async start(): Promise<Cluster> {
    const directory = mkdtempSync(join(tmpdir(), 'iorcl-cluster-'));
    return new Cluster(await FakeCloud.start({ volumesDirectory: join(directory, 'volumes') }), directory);
  }

  async addHost(host: string): Promise<ClusterHost> {
    const directory = join(this.#directory, host);
    mkdirSync(directory);
    const events = new Events();
    const importer = new LinkingImporter(events, directory, this.cloud);
    const importers = await HostImporters.choose({ importers: [importer], kind: 'auto' });
    const plugs = new PretendedPlugs(events);
    const imports = new Imports({
      store: RecordStore.open(join(directory, 'records')),
      plugs: { 'tenant-namespace': plugs, 'initial-namespace': plugs },
      importers,
    });
    const queue = new SerialQueue();
    const hook: AttachmentHook = {
      proxy: new ReverseProxy({ cinderEndpoint: this.cloud.endpoints.blockStorage }),
      cloud: new OpenStackCloudView(this.#service, 15_000),
      ioHost: this.ioHost,
      imports,
      growth: new Growth({ imports, ioHost: this.ioHost, queue }),
      queue,
    };
    const server = createFrontDoor({
      connections: hook.proxy.connections,
      logger: silent,
      handle: (exchange) => handleRequest(hook, exchange),
    });
    await listen(server, '127.0.0.1', 0);
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    const nova = new SimulatedCompute({
      cloud: this.cloud,
      host,
      cinderEndpoint: `http://127.0.0.1:${address.port}`,
    });
    const added = { nova, hook, importer, plugs, events, server };
    this.hosts.push(added);
    return added;
  }

  /** A server on this host, of a flavor with these extra specs, and a volume. */
  addServer(host: string, extraSpecs: Readonly<Record<string, string>>): { serverId: string; volumeId: string } {
    const flavor = this.cloud.addFlavor({ name: `f-${crypto.randomUUID()}`, extraSpecs });
    const { id: serverId } = this.cloud.addServer({ name: 's', flavor, host });
    return { serverId, volumeId: this.cloud.addVolume({ sizeGiB: 1 }).id };
  }

  /** What Nova's API says while it migrates a server live. */
  become(serverId: string, taskState: 'migrating' | null): void {
    this.cloud.state.nova.updateServer(serverId, { taskState });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { nova, server } of this.hosts) {
      await nova.stop();
      await closeServer(server);
    }
    this.#service.close();
    await this.cloud.stop();
    rmSync(this.#directory, { recursive: true });
  }
}
