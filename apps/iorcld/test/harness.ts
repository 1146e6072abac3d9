import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IoHypervisorDriver } from '@iorcl/iohyp-driver';
import { createLogger, type Logger } from '@iorcl/service';
import type { TenantNetworkPlugs } from '@iorcl/vlan-netlink';
import { Attachments } from '../src/attachment/attachments.ts';
import { listeningIn } from '../src/attachment/listening.ts';
import { KeyedLocks } from '../src/attachment/locks.ts';
import { StepRunner } from '../src/attachment/runner.ts';
import type { Step } from '../src/attachment/step.ts';
import { attachmentSteps } from '../src/attachment/steps.ts';
import type { Connector } from '../src/cloud/contract.ts';
import type { Journal } from '../src/journal/journal.ts';
import { SqliteJournal } from '../src/journal/sqlite-journal.ts';
import { FakeDriver, FakeOpenStack, FakePlugs } from './fake-world.ts';
import type { MortalProcess } from './mortal-process.ts';

const connector: Connector = {
  host: 'io-1',
  ip: '192.0.2.1',
  initiator: 'iqn.2004-10.example:io-1',
  platform: 'x86_64',
  os_type: 'linux',
  multipath: false,
  do_local_attach: false,
};

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
}

/** A whole world in memory around a real journal file; daemons may die in it and start again. */
export class Harness {
  readonly cloud: FakeOpenStack = new FakeOpenStack();
  readonly plugs: FakePlugs = new FakePlugs();
  readonly driver: FakeDriver = new FakeDriver();
  /** Instead of the fakes. */
  readonly real: { readonly plugs?: TenantNetworkPlugs; readonly driver?: IoHypervisorDriver };
  readonly log: string[] = [];
  readonly #directory = mkdtempSync(join(tmpdir(), 'iorcld-'));
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
    options: { process?: MortalProcess; steps?: (steps: readonly Step[]) => readonly Step[]; graceMs?: number } = {},
  ): Life {
    for (const journal of this.#lives.splice(0)) journal.close();
    const opened = new SqliteJournal(this.journalFile);
    this.#lives.push(opened);
    const wrap = <T extends object>(target: T): T => options.process?.wrap(target) ?? target;
    const journal = wrap<Journal>(opened);
    const locks = new KeyedLocks();
    const steps = attachmentSteps({
      cinder: wrap(this.cloud),
      plugs: wrap<TenantNetworkPlugs>(this.real.plugs ?? this.plugs),
      driver: wrap<IoHypervisorDriver>(this.real.driver ?? this.driver),
      connector,
      locks,
      listening: this.real.plugs === undefined ? () => true : listeningIn(this.real.plugs),
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
      planning: { cinder: this.cloud, cloud: this.cloud, reachable: ['physnet1', 'physnet2'] },
      ioHost: 'io-1',
      driver: 'fake',
      ports: { first: 10809, last: 10812 },
    });
    return { attachments, journal };
  }

  end(): void {
    for (const journal of this.#lives.splice(0)) journal.close();
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
    this.cloud.instances.set(id, { id, name: 'vm', flavorName: 'io.small', extraSpecs });
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
    return { attachmentId, instanceId, volumeId };
  }

  addVolume(facts: { sizeGiB?: number; status?: string; multiattach?: boolean; encrypted?: boolean } = {}): string {
    const id = randomUUID();
    const plain = { sizeGiB: 1, status: 'reserved', multiattach: false, encrypted: false };
    this.cloud.volumes.set(id, { id, ...plain, attachedHosts: new Map(), ...facts });
    return id;
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
    ];
  }
}
