import { randomUUID } from 'node:crypto';
import {
  type AdoptRequest,
  type DriverCapabilities,
  DriverError,
  type ExportRequest,
  type GrantRequest,
  type InstanceState,
  type InstanceStats,
  type InterposeRequest,
  type IoHypervisorDriver,
  type OpenRequest,
  type QosRequest,
  type ResizeRequest,
  type VolumeKey,
  type VolumeState,
} from '@iorcl/iohyp-driver';
import type { PluggedNetwork, PlugRequest, TenantNetwork, TenantNetworkPlugs } from '@iorcl/vlan-netlink';
import { networkKey } from '../src/attachment/record.ts';
import {
  type CinderAttachment,
  type CinderPort,
  type CinderVolume,
  CloudError,
  type CloudPort,
  type CompletedAttachment,
  type ConnectedAttachment,
  type Connector,
  type ExportPortView,
  type Instance,
  type InstancePort,
  type IoInstance,
  type NetworkPort,
  type ProviderNetwork,
  type VolumeEncryption,
} from '../src/cloud/contract.ts';

export type CloudCall = keyof CinderPort | keyof CloudPort | keyof NetworkPort;

/** Cinder, Nova and Neutron as far as iorcld asks them, in memory. Tests change the maps as they like. */
export class FakeOpenStack implements CinderPort, CloudPort, NetworkPort {
  readonly cinderAttachments = new Map<string, CinderAttachment>();
  readonly volumes = new Map<string, Omit<CinderVolume, 'completed'>>();
  readonly instances = new Map<string, Instance>();
  readonly instancePorts = new Map<string, readonly InstancePort[]>();
  readonly networks = new Map<string, ProviderNetwork>();
  readonly connectors = new Map<string, Connector>();
  /** Neutron ports of our own, by id. */
  readonly exportPortsById = new Map<string, ExportPortView & { deviceOwner: string; host: string }>();
  /** Whether our user has lost its role: then everything is "not found". */
  blind = false;
  encrypted: VolumeEncryption | undefined = { keyId: 'key-1', provider: 'luks' };
  /** Calls that find nobody answering. */
  readonly silent = new Set<CloudCall>();
  /** What Cinder answers to a connector, besides the keys that every driver answers. */
  connectionInfo: Record<string, unknown> = { driver_volume_type: 'fake', export: 'vol' };
  readonly #uuid: () => string;

  constructor(uuid: () => string = randomUUID) {
    this.#uuid = uuid;
  }

  async attachment(id: string): Promise<CinderAttachment> {
    this.#answer('attachment');
    return found(this.cinderAttachments, id, 'Cinder attachment');
  }
  async volume(id: string): Promise<CinderVolume> {
    this.#answer('volume');
    const completed = [...this.cinderAttachments.values()].flatMap((one): [string, CompletedAttachment][] => {
      const host = this.connectors.get(one.id)?.host;
      const listed = one.volumeId === id && one.status === 'attached' && host !== undefined;
      return listed ? [[one.id, { instanceId: one.instanceId, host }]] : [];
    });
    return { ...found(this.volumes, id, 'volume'), completed: new Map(completed) };
  }
  async connect(id: string, connector: Connector): Promise<CinderAttachment> {
    this.#answer('connect');
    const before = found(this.cinderAttachments, id, 'Cinder attachment');
    const all = [...this.cinderAttachments.values()].filter(({ volumeId }) => volumeId === before.volumeId);
    const shared = this.volumes.get(before.volumeId)?.multiattach === true;
    if (!shared && all.length > 1 && all.some(({ connectionInfo }) => connectionInfo !== undefined)) {
      throw new CloudError('refused', `duplicate connectors detected on volume ${before.volumeId}`);
    }
    return this.connected(id, connector);
  }
  /** What Cinder makes of a connector: of a later one, or of one that came with the attachment's creation. */
  connected(id: string, connector: Connector): CinderAttachment {
    const before = found(this.cinderAttachments, id, 'Cinder attachment');
    const connectionInfo = {
      access_mode: 'rw',
      encrypted: false,
      qos_specs: null,
      cacheable: false,
      volume: before.volumeId,
      ...this.connectionInfo,
    };
    const raw = { ...before.raw, connection_info: connectionInfo };
    // As Cinder does, also for an attachment that was attached already.
    const after = { ...before, status: 'attaching', connectionInfo, raw };
    this.connectors.set(id, connector);
    this.cinderAttachments.set(id, after);
    return after;
  }
  async instance(id: string): Promise<Instance> {
    this.#answer('instance');
    return found(this.instances, id, 'server');
  }
  async ports(instanceId: string): Promise<readonly InstancePort[]> {
    this.#answer('ports');
    return this.instancePorts.get(instanceId) ?? [];
  }
  async network(id: string): Promise<ProviderNetwork> {
    this.#answer('network');
    return found(this.networks, id, 'network');
  }

  async connectedTo(host: string): Promise<readonly ConnectedAttachment[]> {
    this.#answer('connectedTo');
    return [...this.cinderAttachments.values()]
      .filter(({ id, status }) => status === 'attached' && this.connectors.get(id)?.host === host)
      .map(({ id: attachmentId, volumeId, instanceId }) => ({ attachmentId, volumeId, instanceId }));
  }
  async encryption(): Promise<VolumeEncryption | undefined> {
    this.#answer('encryption');
    return this.encrypted;
  }
  async complete(id: string): Promise<void> {
    this.#answer('complete');
    const attachment = found(this.cinderAttachments, id, 'Cinder attachment');
    this.cinderAttachments.set(id, { ...attachment, status: 'attached' });
    const volume = this.volumes.get(attachment.volumeId);
    if (volume !== undefined) this.volumes.set(volume.id, { ...volume, status: 'in-use' });
  }
  async deleteAttachment(id: string): Promise<void> {
    this.#answer('deleteAttachment');
    this.cinderAttachments.delete(id);
    this.connectors.delete(id);
  }
  async instanceVolumes(instanceId: string): Promise<ReadonlyMap<string, string>> {
    this.#answer('instanceVolumes');
    found(this.instances, instanceId, 'server');
    const own = [...this.cinderAttachments.values()].filter((one) => one.instanceId === instanceId);
    return new Map(own.map(({ volumeId, id }) => [volumeId, id]));
  }
  async ioInstances(): Promise<readonly IoInstance[]> {
    this.#answer('ioInstances');
    const volumesOf = (id: string): string[] =>
      [...this.cinderAttachments.values()].filter((one) => one.instanceId === id).map(({ volumeId }) => volumeId);
    return [...this.instances.values()]
      .filter(({ extraSpecs }) => extraSpecs['io:enabled'] === '1')
      .map(({ id, host }) => ({ id, host, volumeIds: volumesOf(id) }));
  }
  async computeHosts(): Promise<readonly string[]> {
    this.#answer('computeHosts');
    return ['compute-1', 'compute-2', 'compute-3'];
  }
  async seesEverything(): Promise<boolean> {
    this.#answer('seesEverything');
    return !this.blind;
  }
  async exportPorts(filter: { deviceOwner: string; deviceId?: string; host?: string }): Promise<ExportPortView[]> {
    this.#answer('exportPorts');
    return [...this.exportPortsById.values()].filter(
      ({ deviceOwner, deviceId, host }) =>
        deviceOwner === filter.deviceOwner &&
        deviceId === (filter.deviceId ?? deviceId) &&
        host === (filter.host ?? host),
    );
  }
  async createExportPort(port: {
    networkId: string;
    host: string;
    deviceId: string;
    deviceOwner: string;
  }): Promise<ExportPortView> {
    this.#answer('createExportPort');
    const id = this.#uuid();
    const made = { ...port, id, addresses: [`10.0.0.${this.exportPortsById.size + 5}/24`] };
    this.exportPortsById.set(id, made);
    return made;
  }
  async deletePort(id: string): Promise<void> {
    this.#answer('deletePort');
    this.exportPortsById.delete(id);
  }

  #answer(call: CloudCall): void {
    if (this.blind && call !== 'seesEverything') throw new CloudError('not_found', `${call}: not found`);
    if (this.silent.has(call)) throw new CloudError('unavailable', `${call}: connection refused`);
  }
}

function found<T>(map: ReadonlyMap<string, T>, id: string, what: string): T {
  const value = map.get(id);
  if (value === undefined) throw new CloudError('not_found', `no ${what} ${id}`);
  return value;
}

/** Tenant networks in memory. `broken` makes `verify` find something. */
export class FakePlugs implements TenantNetworkPlugs {
  readonly plugged = new Map<string, { network: TenantNetwork; owners: Set<string> }>();
  broken: readonly string[] = [];
  /** What carries our mark and belongs to no plug. */
  readonly marked = new Set<string>();
  /** What listens where, by file descriptor. */
  readonly sockets = new Map<number, { readonly network: string; readonly address: string; readonly port: number }>();

  async plug({ network, owner }: PlugRequest): Promise<PluggedNetwork> {
    const key = networkKey(network);
    const entry = this.plugged.get(key) ?? { network, owners: new Set<string>() };
    this.plugged.set(key, entry);
    const changed = !entry.owners.has(owner);
    entry.owners.add(owner);
    this.broken = [];
    return { ...describe(key, entry), changed };
  }
  async unplug({ network, owner }: PlugRequest): Promise<{ removed: boolean }> {
    const entry = this.plugged.get(networkKey(network));
    entry?.owners.delete(owner);
    const removed = entry?.owners.size === 0;
    if (removed) this.plugged.delete(networkKey(network));
    return { removed };
  }
  async verify(): Promise<readonly string[]> {
    return this.broken;
  }
  async list(): Promise<readonly PluggedNetwork[]> {
    return [...this.plugged].map(([key, entry]) => describe(key, entry));
  }
  listen(network: TenantNetwork, address: string, port: number): number {
    const descriptor = 100 + this.sockets.size;
    this.sockets.set(descriptor, { network: networkKey(network), address, port });
    return descriptor;
  }
  runInside<T>(_network: TenantNetwork, action: () => T): T {
    return action();
  }
  async sweep({ dryRun, only }: Parameters<TenantNetworkPlugs['sweep']>[0]): Promise<readonly string[]> {
    const found = [...this.marked].filter((one) => only?.includes(one) ?? true);
    if (!dryRun) for (const one of found) this.marked.delete(one);
    return found;
  }
}

function describe(key: string, { network, owners }: { network: TenantNetwork; owners: Set<string> }): PluggedNetwork {
  const common = { interfaceName: 'io0', linkLocal: 'fe80::1', changed: false };
  return { ...common, network, namespace: `iorcl-${key}`, owners: [...owners] };
}

const LUKS_HEADER = 2 * 1024 ** 2;

/** What serves one instance. */
export interface FakeDataPlane {
  readonly address: string;
  readonly port: number;
  /** File descriptor on which it listens. */
  readonly socket: number;
  readonly volumes: Map<string, VolumeState>;
  /** Cinder's volume behind each that is open. */
  readonly storages: Map<string, unknown>;
}

/** A data plane in memory, which outlives whoever drives it. */
export class FakeDriver implements IoHypervisorDriver {
  readonly name = 'fake';
  capabilities: DriverCapabilities = {
    transport: 'nbd',
    backends: ['file'],
    interposers: ['luks', 'throttle'],
    secure: true,
    sharing: true,
    resize: 'announced',
    recreates: false,
  };
  readonly instances = new Map<string, FakeDataPlane>();
  /** Instances of which files are left, and no process. */
  readonly leftFiles = new Set<string>();
  /** What storage holds, by Cinder's volume and block: whatever has reached it. */
  readonly disks = new Map<unknown, Map<number, string>>();
  /** How often each export was begun. */
  readonly exportings = new Map<string, number>();
  /** The stages in front of each opened volume, with all that they were given. */
  readonly stages = new Map<string, InterposeRequest['interposers']>();
  /** What was opened for several writers, by instance and attachment. */
  readonly shareable = new Set<string>();
  /** What the storage had to be, by attachment. */
  readonly expected = new Map<string, OpenRequest['expected']>();
  /** Secrets by identity. */
  readonly secrets = new Map<string, string>();
  sizeBytes: number = 1024 ** 3;

  async open({ key, connectionInfo, readOnly, listener, expected, shareable }: OpenRequest): Promise<VolumeState> {
    this.expected.set(key.attachmentId, expected);
    if (connectionInfo['driver_volume_type'] !== 'fake') {
      throw new DriverError(
        'bad_connection_info',
        `unknown driver_volume_type ${connectionInfo['driver_volume_type']}`,
      );
    }
    const { address, port } = listener;
    const instance = this.instances.get(key.instanceId) ?? {
      ...{ address, port, socket: listener.openSocket(), volumes: new Map(), storages: new Map() },
    };
    if (instance.address !== address || instance.port !== port) {
      const now = `[${instance.address}]:${instance.port}`;
      throw new DriverError('conflict', `the instance's exports are on ${now}, asked for [${address}]:${port}`);
    }
    this.instances.set(key.instanceId, instance);
    const existing = instance.volumes.get(key.attachmentId);
    if (existing === undefined) instance.storages.set(key.attachmentId, connectionInfo['volume']);
    if (shareable === true) this.shareable.add(`${key.instanceId}/${key.attachmentId}`);
    const fresh = { interposers: [], exportName: undefined, grants: [] };
    return this.#put(
      key,
      existing ?? { attachmentId: key.attachmentId, backend: 'file', sizeBytes: this.sizeBytes, readOnly, ...fresh },
    );
  }
  async interpose({ key, interposers }: InterposeRequest): Promise<VolumeState> {
    const volume = this.#open(key);
    if (volume.exportName !== undefined) throw new DriverError('conflict', 'interposed while exported');
    this.stages.set(key.attachmentId, interposers);
    const throttle = interposers.findLast((stage) => stage.kind === 'throttle');
    const { kind: _, ...qos } = throttle ?? { kind: 'throttle' };
    const kinds = interposers.map((stage) => stage.kind);
    const header = kinds.includes('luks') ? LUKS_HEADER : 0;
    const now = { ...volume, interposers: kinds, sizeBytes: this.sizeBytes - header };
    return this.#put(key, throttle === undefined ? now : { ...now, qos });
  }
  async export({ key, exportName }: ExportRequest): Promise<VolumeState> {
    if (this.#open(key).exportName === undefined) {
      this.exportings.set(exportName, (this.exportings.get(exportName) ?? 0) + 1);
    }
    return this.#put(key, { ...this.#open(key), exportName });
  }
  async grant({ key, identity, secretHex }: GrantRequest): Promise<VolumeState> {
    const volume = this.#open(key);
    this.secrets.set(identity, secretHex);
    return this.#put(key, { ...volume, grants: [...new Set([...volume.grants, identity])] });
  }
  async revoke(key: VolumeKey, identity: string): Promise<void> {
    const volume = this.#find(key);
    if (volume !== undefined) this.#put(key, { ...volume, grants: volume.grants.filter((one) => one !== identity) });
    this.secrets.delete(identity);
  }
  async unexport(key: VolumeKey): Promise<void> {
    const volume = this.#find(key);
    if (volume !== undefined) this.#put(key, { ...volume, exportName: undefined });
  }
  async close(key: VolumeKey): Promise<void> {
    const instance = this.instances.get(key.instanceId);
    if (this.#find(key)?.exportName !== undefined) throw new DriverError('conflict', 'closed while exported');
    instance?.volumes.delete(key.attachmentId);
    instance?.storages.delete(key.attachmentId);
    if (instance?.volumes.size === 0) this.instances.delete(key.instanceId);
    this.leftFiles.delete(key.instanceId);
  }
  async inspect(instanceId: string): Promise<InstanceState | undefined> {
    const instance = this.instances.get(instanceId);
    if (instance === undefined) return undefined;
    const { address, port, volumes } = instance;
    return { instanceId, pid: 1, address, port, volumes: [...volumes.values()] };
  }
  async list(): Promise<readonly string[]> {
    return [...new Set([...this.instances.keys(), ...this.leftFiles])];
  }
  async resize({ key, sizeBytes }: ResizeRequest): Promise<VolumeState> {
    if (sizeBytes > this.sizeBytes) throw new DriverError('conflict', `the storage has ${this.sizeBytes} bytes`);
    const volume = this.#open(key);
    const header = volume.interposers.includes('luks') ? LUKS_HEADER : 0;
    return this.#put(key, { ...volume, sizeBytes: sizeBytes - header });
  }
  async setQos({ key, limits }: QosRequest): Promise<VolumeState> {
    if (!this.capabilities.interposers.includes('throttle')) throw new DriverError('not_supported', 'no limits here');
    if (!this.#open(key).interposers.includes('throttle')) throw new DriverError('conflict', 'no throttle');
    return this.#put(key, { ...this.#open(key), qos: limits });
  }
  async drain(key: VolumeKey): Promise<void> {
    const volume = this.#find(key);
    if (volume !== undefined) this.#put(key, { ...volume, exportName: undefined, grants: [] });
  }
  adopt({ instanceId }: AdoptRequest): Promise<InstanceState | undefined> {
    return this.inspect(instanceId);
  }
  async stats(instanceId: string): Promise<InstanceStats | undefined> {
    const instance = this.instances.get(instanceId);
    if (instance === undefined) return undefined;
    const volumes = [...instance.volumes.keys()].map((attachmentId) => ({ attachmentId, io: undefined }));
    return { instanceId, cpuSeconds: 0, residentBytes: 0, volumes };
  }
  watch(): () => void {
    return () => {};
  }

  #find({ instanceId, attachmentId }: VolumeKey): VolumeState | undefined {
    return this.instances.get(instanceId)?.volumes.get(attachmentId);
  }
  #open(key: VolumeKey): VolumeState {
    const volume = this.#find(key);
    if (volume === undefined) throw new DriverError('not_open', `${key.attachmentId} is not open`);
    return volume;
  }
  #put({ instanceId, attachmentId }: VolumeKey, state: VolumeState): VolumeState {
    this.instances.get(instanceId)?.volumes.set(attachmentId, state);
    return state;
  }
}
