import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IoHypervisorDriver } from '@iorcl/iohyp-driver';
import { createLogger, type Logger } from '@iorcl/service';
import type { TenantNetworkPlugs } from '@iorcl/vlan-netlink';
import { listeningIn } from '../src/attachment/listening.ts';
import type { Step } from '../src/attachment/step.ts';
import type { CinderVolume, Instance } from '../src/cloud/contract.ts';
import type { Journal } from '../src/journal/journal.ts';
import { openJournal } from '../src/journal/open-journal.ts';
import { connector, type EngineSettings, type Life, startEngine } from './engine.ts';
import { FakeDriver, FakeOpenStack, FakePlugs } from './fake-world.ts';
import type { MortalProcess } from './mortal-process.ts';
import type { Gremlin } from './schedules/gremlin.ts';

export { connector, type Life } from './engine.ts';

/** Where a flush costs nothing: these tests kill processes, not machines. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** One instance with one volume that Nova has reserved for it. */
export interface Reservation {
  readonly attachmentId: string;
  readonly instanceId: string;
  readonly volumeId: string;
}

/** A whole world in memory around a real journal file; daemons may die in it and start again. */
export class Harness {
  /** Makes the ids of whatever comes into this world. */
  uuid: () => string = randomUUID;
  readonly cloud: FakeOpenStack = new FakeOpenStack(() => this.uuid());
  readonly plugs: FakePlugs = new FakePlugs();
  readonly driver: FakeDriver = new FakeDriver();
  /** Instead of the fakes. */
  readonly real: { readonly plugs?: TenantNetworkPlugs; readonly driver?: IoHypervisorDriver };
  readonly log: string[] = [];
  /** As `[reconciler]`. */
  readonly limits = { graceSeconds: 300, confirmSeconds: 5, guardPercent: 20, mostRepairs: 50 };
  /** The reconciler's clock, in milliseconds. */
  uptime = 1_000_000;
  /** What happens while the reconciler waits. */
  whileAsleep: (() => void) | undefined;
  readonly ports = { first: 10809, last: 10812 };
  /** As `[DEFAULT] parallel`. */
  parallel = 16;
  /** Whether there is a key manager. */
  decrypts = true;
  /** As `[network] address_mode`. */
  addressMode: EngineSettings['addressMode'] = 'link-local';
  readonly #directory = mkdtempSync(join(MEMORY, 'iorcld-'));
  readonly #lives: Journal[] = [];

  constructor(real: Harness['real'] = {}) {
    this.real = real;
  }

  get journalFile(): string {
    return join(this.#directory, 'journal.sqlite');
  }

  get settings(): EngineSettings {
    const { limits, ports, parallel, decrypts, addressMode } = this;
    return { limits, ports, parallel, decrypts, addressMode };
  }

  get logger(): Logger {
    return createLogger({ name: 'test', level: 'debug', write: (line) => this.log.push(line) });
  }

  /** A fresh start over the same journal and world. `process` makes it mortal; `steps` changes its steps. */
  start(
    options: {
      process?: MortalProcess;
      gremlin?: Gremlin;
      steps?: (steps: readonly Step[]) => readonly Step[];
      graceMs?: number;
    } = {},
  ): Life {
    this.stop();
    const opened = openJournal(this.journalFile);
    this.#lives.push(opened);
    const { process, gremlin } = options;
    const wrap = <T extends object>(target: T): T => process?.wrap(target) ?? target;
    // What has gone wrong on its way to a process that died meanwhile has no effect any more.
    const wrapped = {
      journal: wrap<Journal>(opened),
      cloud: wrap(this.cloud),
      driver: wrap<IoHypervisorDriver>(this.real.driver ?? this.driver),
      plugs: wrap<TenantNetworkPlugs>(this.real.plugs ?? this.plugs),
    };
    return startEngine({
      settings: this.settings,
      journal: gremlin?.journal(wrapped.journal) ?? wrapped.journal,
      cloud: gremlin?.cloud(wrapped.cloud) ?? wrapped.cloud,
      driver: gremlin?.driver(wrapped.driver) ?? wrapped.driver,
      plugs: gremlin?.plugs(wrapped.plugs) ?? wrapped.plugs,
      listening: this.real.plugs === undefined ? () => true : listeningIn(this.real.plugs),
      logger: this.logger,
      graceMs: options.graceMs ?? 20,
      steps: options.steps,
      uptime: () => this.uptime,
      sleep: async (ms) => {
        this.uptime += ms;
        this.whileAsleep?.();
      },
    });
  }

  /** No iorcld runs any more. */
  stop(): void {
    for (const journal of this.#lives.splice(0)) journal.close();
  }

  end(): void {
    this.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  addNetwork(name: string, facts: { type?: string; physicalNetwork?: string; segmentationId?: number } = {}): string {
    const id = this.uuid();
    const { type = 'vlan', physicalNetwork = 'physnet1', segmentationId } = facts;
    this.cloud.networks.set(id, { id, name, type, physicalNetwork, segmentationId });
    return id;
  }

  addInstance(networks: readonly string[], extraSpecs: Record<string, string> = { 'io:enabled': '1' }): string {
    const id = this.uuid();
    this.cloud.instances.set(id, {
      id,
      name: 'vm',
      taskState: undefined,
      isBuilding: false,
      host: 'compute-1',
      flavorName: 'io.small',
      extraSpecs,
    });
    this.cloud.instancePorts.set(
      id,
      networks.map((networkId) => ({ id: this.uuid(), networkId, bound: true })),
    );
    return id;
  }

  /** A volume that Nova has reserved for an instance. */
  reserve(instanceId: string, volumeId: string = this.addVolume()): Reservation {
    const attachmentId = this.uuid();
    const raw = { id: attachmentId, status: 'reserved', instance: instanceId, volume_id: volumeId };
    this.cloud.cinderAttachments.set(attachmentId, {
      id: attachmentId,
      status: 'reserved',
      instanceId,
      volumeId,
      connectionInfo: undefined,
      raw,
    });
    const others = [...this.cloud.cinderAttachments.values()].filter((other) => other.volumeId === volumeId);
    const connected = others.some(({ connectionInfo }) => connectionInfo !== undefined);
    if (connected && this.cloud.volumes.get(volumeId)?.multiattach !== true) this.connectAtCreation(attachmentId);
    return { attachmentId, instanceId, volumeId };
  }

  /** As the compute hook makes a live migration's second attachment: Cinder takes no connector for it later. */
  connectAtCreation(attachmentId: string): void {
    this.cloud.connected(attachmentId, connector);
  }

  /** As if this host had connected the volume, and Nova had completed it. */
  connectBy(host: string, attachmentId: string): void {
    this.cloud.connected(attachmentId, { ...connector, host });
    const attachment = this.cloud.cinderAttachments.get(attachmentId);
    if (attachment !== undefined) this.cloud.cinderAttachments.set(attachmentId, { ...attachment, status: 'attached' });
  }

  addVolume(facts: { sizeGiB?: number; status?: string; multiattach?: boolean; encrypted?: boolean } = {}): string {
    const id = this.uuid();
    const plain = { sizeGiB: 1, status: 'reserved', multiattach: false, encrypted: false };
    this.cloud.volumes.set(id, { id, ...plain, ...facts });
    return id;
  }

  change(instanceId: string, change: Partial<Instance>): void {
    const instance = this.cloud.instances.get(instanceId);
    if (instance !== undefined) this.cloud.instances.set(instanceId, { ...instance, ...change });
  }

  changeVolume(volumeId: string, change: Partial<Omit<CinderVolume, 'completed'>>): void {
    const volume = this.cloud.volumes.get(volumeId);
    if (volume !== undefined) this.cloud.volumes.set(volumeId, { ...volume, ...change });
  }

  /** The usual case: an io instance on one VLAN, with a reserved volume. */
  reserveOne(): Reservation {
    return this.reserve(this.addInstance([this.addNetwork('blue', { segmentationId: 101 })]));
  }

  /** What is left in the data plane and on the network. */
  leftovers(): readonly string[] {
    return [
      ...[...this.driver.instances.keys()].map((id) => `data plane of ${id}`),
      ...[...this.driver.secrets.keys()].map((id) => `key of ${id}`),
      ...[...this.plugs.plugged.keys()].map((key) => `network ${key}`),
      ...[...this.cloud.exportPortsById.keys()].map((id) => `Neutron port ${id}`),
    ];
  }
}
