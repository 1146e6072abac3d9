import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IoHypervisorDriver } from '@iorcl/iohyp-driver';
import { createLogger, type Logger } from '@iorcl/service';
import type { TenantNetworkPlugs } from '@iorcl/vlan-netlink';
import { type Addressing, linkLocalAddressing, neutronPortAddressing } from '../src/attachment/addressing.ts';
import { Attachments } from '../src/attachment/attachments.ts';
import { listeningIn } from '../src/attachment/listening.ts';
import { KeyedLocks } from '../src/attachment/locks.ts';
import { StepRunner } from '../src/attachment/runner.ts';
import { networkInUse, volumeShared } from '../src/attachment/sharing.ts';
import type { Step } from '../src/attachment/step.ts';
import { attachmentSteps } from '../src/attachment/steps.ts';
import type { CinderVolume, Connector, Instance } from '../src/cloud/contract.ts';
import type { Journal } from '../src/journal/journal.ts';
import { openJournal } from '../src/journal/open-journal.ts';
import { rebuildJournal } from '../src/reconcile/rebuild-journal.ts';
import { Reconciler } from '../src/reconcile/reconciler.ts';
import { FakeDriver, FakeOpenStack, FakePlugs } from './fake-world.ts';
import type { MortalProcess } from './mortal-process.ts';
import type { Gremlin } from './schedules/gremlin.ts';

export const connector: Connector = {
  host: 'io-1',
  ip: '192.0.2.1',
  initiator: 'iqn.2004-10.example:io-1',
  platform: 'x86_64',
  os_type: 'linux',
  multipath: false,
  do_local_attach: false,
};

const grantKey = (identity: string): string => createHash('sha256').update(identity).digest('hex');

/** Where a flush costs nothing: these tests kill processes, not machines. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** One instance with one volume that Nova has reserved for it. */
export interface Reservation {
  readonly attachmentId: string;
  readonly instanceId: string;
  readonly volumeId: string;
}

/** One life of an iorcld: what a start makes, and a kill takes away. */
export interface Life {
  readonly attachments: Attachments;
  readonly journal: Journal;
  readonly reconciler: Reconciler;
}

/** A whole world in memory around a real journal file; daemons may die in it and start again. */
export class Harness {
  readonly cloud: FakeOpenStack = new FakeOpenStack();
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
  addressMode: 'link-local' | 'neutron-port' = 'link-local';
  readonly #directory = mkdtempSync(join(MEMORY, 'iorcld-'));
  readonly #lives: Journal[] = [];

  constructor(real: Harness['real'] = {}) {
    this.real = real;
  }

  get journalFile(): string {
    return join(this.#directory, 'journal.sqlite');
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
    const journal = wrap<Journal>(gremlin?.journal(opened) ?? opened);
    const cloud = wrap(gremlin?.cloud(this.cloud) ?? this.cloud);
    const realDriver = this.real.driver ?? this.driver;
    const driver = wrap<IoHypervisorDriver>(gremlin?.driver(realDriver) ?? realDriver);
    const realPlugs = this.real.plugs ?? this.plugs;
    const plugs = wrap<TenantNetworkPlugs>(gremlin?.plugs(realPlugs) ?? realPlugs);
    const locks = new KeyedLocks();
    const addressing = this.#addressing(journal, cloud);
    const steps = attachmentSteps({
      cinder: cloud,
      addressing,
      plugs,
      driver,
      connector,
      locks,
      listening: this.real.plugs === undefined ? () => true : listeningIn(this.real.plugs),
      shared: (record) => volumeShared(journal, record),
    });
    const runner = new StepRunner({
      steps: options.steps?.(steps) ?? steps,
      journal,
      logger: this.logger,
      graceMs: options.graceMs ?? 20,
    });
    const attachments = new Attachments({
      journal,
      runner,
      locks,
      logger: this.logger,
      planning: { cinder: cloud, cloud, reachable: ['physnet1', 'physnet2'], decrypts: this.decrypts },
      ioHost: 'io-1',
      driver: 'fake',
      parallel: this.parallel,
      capabilities: this.driver.capabilities,
      grantKey,
      ports: this.ports,
    });
    const reconciler = new Reconciler({
      ...{ journal, attachments, runner, locks, logger: this.logger, host: 'io-1' },
      cinder: cloud,
      cloud,
      neutron: cloud,
      driver,
      plugs,
      limits: { ...this.limits },
      recover: () =>
        rebuildJournal({
          ...{ journal, driver, plugs, cinder: cloud, cloud, addressing, grantKey },
          ...{ host: 'io-1', logger: this.logger },
        }),
      uptime: () => this.uptime,
      sleep: async (ms) => {
        this.uptime += ms;
        this.whileAsleep?.();
      },
    });
    return { attachments, journal, reconciler };
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
    const id = randomUUID();
    const { type = 'vlan', physicalNetwork = 'physnet1', segmentationId } = facts;
    this.cloud.networks.set(id, { id, name, type, physicalNetwork, segmentationId });
    return id;
  }

  addInstance(networks: readonly string[], extraSpecs: Record<string, string> = { 'io:enabled': '1' }): string {
    const id = randomUUID();
    this.cloud.instances.set(id, {
      id,
      name: 'vm',
      taskState: undefined,
      host: 'compute-1',
      flavorName: 'io.small',
      extraSpecs,
    });
    this.cloud.instancePorts.set(
      id,
      networks.map((networkId) => ({ id: randomUUID(), networkId })),
    );
    return id;
  }

  /** A volume that Nova has reserved for an instance. */
  reserve(instanceId: string, volumeId: string = this.addVolume()): Reservation {
    const attachmentId = randomUUID();
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
    if (others.some(({ connectionInfo }) => connectionInfo !== undefined)) this.connectAtCreation(attachmentId);
    return { attachmentId, instanceId, volumeId };
  }

  /** As the compute hook makes a live migration's second attachment: Cinder takes no connector for it later. */
  connectAtCreation(attachmentId: string): void {
    this.cloud.connected(attachmentId, connector);
  }

  addVolume(facts: { sizeGiB?: number; status?: string; multiattach?: boolean; encrypted?: boolean } = {}): string {
    const id = randomUUID();
    const plain = { sizeGiB: 1, status: 'reserved', multiattach: false, encrypted: false };
    this.cloud.volumes.set(id, { id, ...plain, attachedHosts: new Map(), ...facts });
    return id;
  }

  change(instanceId: string, change: Partial<Instance>): void {
    const instance = this.cloud.instances.get(instanceId);
    if (instance !== undefined) this.cloud.instances.set(instanceId, { ...instance, ...change });
  }

  changeVolume(volumeId: string, change: Partial<CinderVolume>): void {
    const volume = this.cloud.volumes.get(volumeId);
    if (volume !== undefined) this.cloud.volumes.set(volumeId, { ...volume, ...change });
  }

  /** The usual case: an io instance on one VLAN, with a reserved volume. */
  reserveOne(): Reservation {
    return this.reserve(this.addInstance([this.addNetwork('blue', { segmentationId: 101 })]));
  }

  #addressing(journal: Journal, neutron: FakeOpenStack): Addressing {
    if (this.addressMode === 'link-local') return linkLocalAddressing;
    return neutronPortAddressing({ neutron, host: 'io-1', networkInUse: (record) => networkInUse(journal, record) });
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
