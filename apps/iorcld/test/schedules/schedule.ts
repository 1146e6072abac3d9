import { vi } from 'vitest';
import { Harness, type Life } from '../harness.ts';
import { MortalProcess } from '../mortal-process.ts';
import { Gremlin } from './gremlin.ts';
import { Nova, type NovaVolume, Violation } from './nova.ts';
import { Random } from './random.ts';

const HOSTS = ['compute-1', 'compute-2'] as const;

/**
 * One random history of a small cloud: three tenants, of which two have the same VLAN on different physical networks.
 * Everything in it follows from its seed, but for the order in which parallel calls end.
 */
export class Schedule {
  /** How often each thing was done. */
  readonly done = new Map<string, number>();
  readonly #random: Random;
  readonly #gremlin: Gremlin;
  readonly #harness = new Harness();
  readonly #nova = new Nova(this.#harness);
  readonly #instances: string[] = [];
  #life: Life;
  #process = new MortalProcess();

  constructor(seed: number) {
    vi.useFakeTimers({ toFake: ['Date'] });
    this.#random = new Random(seed);
    this.#gremlin = new Gremlin(this.#random);
    this.#harness.addressMode = this.#random.chance(0.5) ? 'neutron-port' : 'link-local';
    const networks = [
      this.#harness.addNetwork('red', { segmentationId: 100 }),
      this.#harness.addNetwork('blue', { segmentationId: 100, physicalNetwork: 'physnet2' }),
      this.#harness.addNetwork('green', { segmentationId: 101 }),
    ];
    for (const network of networks) {
      const instance = this.#harness.addInstance([network]);
      this.#instances.push(instance);
      for (let i = 0; i < 2; i++) this.#nova.add(instance);
    }
    this.#life = this.#start();
  }

  /** @throws Violation, or what an assertion of the end found */
  async run(steps: number): Promise<void> {
    try {
      for (let step = 0; step < steps; step++) {
        const together = 1 + this.#random.below(3);
        await Promise.all(Array.from({ length: together }, () => this.#step()));
        this.#nova.check();
      }
      await this.#heal();
      await this.#end();
    } finally {
      vi.useRealTimers();
      this.#harness.end();
    }
  }

  #start(): Life {
    const moment = this.#random.chance(0.5) ? 'before' : 'after';
    this.#process = new MortalProcess(
      this.#random.chance(0.5) ? { effect: this.#random.below(40), moment } : undefined,
    );
    return this.#harness.start({
      process: this.#process,
      graceMs: 5,
      gremlin: this.#gremlin,
      steps: (steps) => steps.map((step) => ({ ...step, timeoutMs: 5 })),
    });
  }

  async #restart(): Promise<void> {
    this.#life = this.#start();
    await this.#life.attachments.adoptAll();
  }

  async #step(): Promise<void> {
    if (this.#process.dead) return this.#count('restart after a crash', () => this.#restart());
    const volume = this.#random.pick(this.#nova.volumes);
    if (volume === undefined) return;
    const life = this.#life;
    const actions: readonly (readonly [number, string, () => Promise<void> | void])[] = [
      [5, 'attach', () => this.#nova.with(volume, () => this.#attach(life, volume))],
      [3, 'detach', () => this.#nova.with(volume, () => this.#detach(life, volume))],
      [3, 'migrate', () => this.#nova.with(volume, () => this.#migrate(life, volume))],
      [2, 'repair', () => this.#nova.with(volume, () => this.#repair(life, volume))],
      [1, 'limit', () => this.#limit(life, volume)],
      [6, 'write', () => this.#write(volume)],
      [2, 'reconcile', () => this.#reconcile(life)],
      [1, 'time passes', () => this.#passTime()],
      [0.5, 'the clock jumps', () => this.#setClock()],
      [2, 'calls go wrong', () => this.#rouseGremlin()],
      [1, 'a service is silent', () => this.#silence()],
      [1, 'a data plane dies', () => this.#killDataPlane()],
      [1, 'a network is taken away', () => this.#takeNetworkAway()],
      [1, 'restart', () => this.#restart()],
      [0.2, 'delete around the hook', () => this.#deleteInstance()],
    ];
    let at = this.#random.next() * actions.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, name, action] of actions) {
      at -= weight;
      if (at < 0) return this.#count(name, action);
    }
  }

  async #count(name: string, action: () => Promise<void> | void): Promise<void> {
    this.done.set(name, (this.done.get(name) ?? 0) + 1);
    try {
      await action();
    } catch (cause) {
      // Whatever iorcld refuses or fails with is fine; only rules must not be broken.
      if (cause instanceof Violation) throw cause;
    }
  }

  async #attach(life: Life, volume: NovaVolume): Promise<void> {
    if (volume.attachments.length > 0 || !this.#harness.cloud.instances.has(volume.instanceId)) return;
    await this.#payDebts(life, volume);
    // Cinder lets a volume be reserved only once it is available again.
    if (volume.owed.size === 0) await this.#nova.attach(life, volume, HOSTS[0]);
  }

  async #detach(life: Life, volume: NovaVolume): Promise<void> {
    const [attachment] = volume.attachments;
    if (attachment !== undefined) await this.#nova.detach(life, volume, attachment.id);
    await this.#payDebts(life, volume);
  }

  /** Begins a live migration of the volume's instance, or ends one, one way or the other. */
  async #migrate(life: Life, volume: NovaVolume): Promise<void> {
    const [first, second] = volume.attachments;
    if (first === undefined) return;
    if (second === undefined) {
      this.#harness.change(volume.instanceId, { taskState: 'migrating' });
      const host = first.host === HOSTS[0] ? HOSTS[1] : HOSTS[0];
      await this.#nova.attach(life, volume, host);
    } else {
      await this.#nova.detach(life, volume, this.#random.chance(0.7) ? first.id : second.id);
    }
  }

  async #payDebts(life: Life, volume: NovaVolume): Promise<void> {
    for (const id of [...volume.owed]) await this.#nova.detach(life, volume, id);
  }

  async #repair(life: Life, volume: NovaVolume): Promise<void> {
    const [attachment] = volume.attachments;
    if (attachment !== undefined) await life.attachments.repair(attachment.id);
  }

  async #limit(life: Life, { attachments }: NovaVolume): Promise<void> {
    const [attachment] = attachments;
    if (attachment === undefined) return;
    await life.attachments.setQos(
      attachment.id,
      this.#random.chance(0.5) ? undefined : { iopsTotal: 1 + this.#random.below(1_000) },
    );
  }

  #write(volume: NovaVolume): void {
    this.#nova.write(volume, this.#random.below(16), `${volume.id} ${this.#random.next()}`);
  }

  async #reconcile({ reconciler }: Life): Promise<void> {
    await reconciler.run();
  }

  #passTime(): void {
    this.#harness.uptime += this.#random.below(600_000);
  }

  /** By days, back or forth. */
  #setClock(): void {
    vi.setSystemTime(Date.now() + (this.#random.next() - 0.5) * 864_000_000);
  }

  #rouseGremlin(): void {
    this.#gremlin.rate = this.#random.pick([0, 0, 0.03, 0.15]) ?? 0;
  }

  #silence(): void {
    const { silent } = this.#harness.cloud;
    if (silent.size > 0) silent.clear();
    else {
      const call = this.#random.pick(['attachment', 'volume', 'connect', 'instance', 'ports', 'exportPorts'] as const);
      if (call !== undefined) silent.add(call);
    }
  }

  #killDataPlane(): void {
    const instance = this.#random.pick([...this.#harness.driver.instances.keys()]);
    if (instance !== undefined) this.#harness.driver.instances.delete(instance);
  }

  #takeNetworkAway(): void {
    const key = this.#random.pick([...this.#harness.plugs.plugged.keys()]);
    if (key !== undefined) this.#harness.plugs.plugged.delete(key);
  }

  #deleteInstance(): void {
    const instance = this.#random.pick(this.#instances);
    const volumes = this.#nova.volumes.filter((one) => one.instanceId === instance);
    if (instance !== undefined && volumes.every(({ busy }) => !busy)) this.#nova.deleteAroundTheHook(instance);
  }

  /** The faults end, iorcld starts once more, and Nova's debts are paid. */
  async #heal(): Promise<void> {
    this.#gremlin.rate = 0;
    this.#harness.cloud.silent.clear();
    this.#life = this.#harness.start();
    await this.#life.attachments.adoptAll();
    for (const volume of this.#nova.volumes) await this.#payDebts(this.#life, volume);
    await this.#life.reconciler.run({ force: true });
    this.#nova.check();
  }

  /** Everything that Nova believes attached works, holds what was written, and can be taken down without a trace. */
  async #end(): Promise<void> {
    const { attachments, reconciler, journal } = this.#life;
    const { findings } = await reconciler.run({ dryRun: true });
    if (findings.length > 0) throw new Violation(`left over: ${findings.map(({ message }) => message).join('; ')}`);
    for (const volume of this.#nova.volumes) {
      if (volume.attachments.length > 0 && !this.#nova.write(volume, 99, `${volume.id} last`)) {
        throw new Violation(`volume ${volume.id} is attached, and can't be written`);
      }
      const disk = this.#nova.disks.get(volume.id) ?? new Map();
      for (const [block, text] of volume.written) {
        if (disk.get(block) !== text)
          throw new Violation(`block ${block} of volume ${volume.id} is not what was written`);
      }
      for (const { id } of [...volume.attachments]) await this.#nova.detach(this.#life, volume, id);
    }
    const left = [...this.#harness.leftovers(), ...attachments.list().map(({ id }) => `attachment ${id}`)];
    if (left.length > 0) throw new Violation(`left over at the end: ${left.join('; ')}`);
    if (journal.attachments().length > 0) throw new Violation('the journal is not empty');
  }
}
