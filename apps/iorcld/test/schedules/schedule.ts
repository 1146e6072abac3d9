import type { Step } from '../../src/attachment/step.ts';
import { Harness, type Life } from '../harness.ts';
import { MortalProcess } from '../mortal-process.ts';
import type { Action, Possibility } from './action.ts';
import { Faults } from './faults.ts';
import { Gremlin } from './gremlin.ts';
import { refuseUnknown } from './known-errors.ts';
import type { Mistake } from './mistakes.ts';
import { Nova } from './nova.ts';
import { Random } from './random.ts';
import { checkRules } from './rules.ts';
import { Users } from './users.ts';
import { Violation } from './violation.ts';
import { VirtualTime } from './virtual-time.ts';

/**
 * One random history of a small cloud: three tenants, of which two have the same VLAN on different physical networks.
 * Everything in it follows from its seed.
 */
export class Schedule {
  /** How often each thing was tried, and how often it succeeded. */
  readonly done = new Map<string, { tried: number; succeeded: number }>();
  /** What was called and what became of it, in order. */
  readonly calls: string[] = [];
  readonly #time = new VirtualTime();
  readonly #random: Random;
  readonly #gremlin: Gremlin;
  readonly #harness = new Harness();
  readonly #nova = new Nova(this.#harness);
  readonly #users: Users;
  readonly #faults: Faults;
  readonly #mistake: Mistake | undefined;
  /** The first rule that was seen broken where nobody could be told. */
  #violation: Violation | undefined;
  #life: Life;
  #process = new MortalProcess();

  constructor(seed: number, mistake?: Mistake) {
    const harness = this.#harness;
    this.#random = new Random(seed);
    this.#mistake = mistake;
    this.#gremlin = new Gremlin(this.#random, {
      record: (line) => this.calls.push(line),
      look: () => this.#noticing(() => checkRules(harness, this.#nova)),
    });
    this.#users = new Users(harness, this.#nova, this.#random);
    this.#faults = new Faults(harness, this.#random, this.#gremlin, this.#time);
    harness.uuid = () => this.#random.uuid();
    harness.addressMode = this.#random.chance(0.5) ? 'neutron-port' : 'link-local';
    this.#users.addTenant(harness.addNetwork('red', { segmentationId: 100 }));
    this.#users.addTenant(harness.addNetwork('blue', { segmentationId: 100, physicalNetwork: 'physnet2' }));
    this.#users.addTenant(harness.addNetwork('green', { segmentationId: 101 }));
    mistake?.world?.(harness);
    this.#life = this.#start();
  }

  /** What happened, in the words of whoever saw it. The number of this process is not part of it. */
  get history(): readonly string[] {
    return [...this.calls, ...this.#harness.log.map((line) => line.replace(` ${process.pid} `, ' '))];
  }

  /** @throws Violation */
  async run(steps: number): Promise<void> {
    try {
      for (let step = 0; step < steps; step++) {
        const together = Array.from({ length: 1 + this.#random.below(3) }, () => this.#step());
        await this.#settled(`step ${step}`, Promise.all(together));
      }
      await this.#settled('the healing', this.#heal());
      await this.#settled('the end', this.#end());
    } finally {
      this.#harness.end();
      this.#time.end();
    }
  }

  async #settled(what: string, action: Promise<unknown>): Promise<void> {
    await this.#time.untilEnded(what, action);
    this.#noticing(() => {
      checkRules(this.#harness, this.#nova);
      this.#nova.tryEverybody((id) => !this.#process.dead && this.#life.journal.attachment(id) === undefined);
    });
    if (this.#violation !== undefined) throw this.#violation;
  }

  /** What iorcld would swallow is kept. */
  #noticing(look: () => void): void {
    try {
      look();
    } catch (cause) {
      if (!(cause instanceof Violation)) throw cause;
      this.#violation ??= cause;
    }
  }

  #start(): Life {
    const moment = this.#random.chance(0.5) ? 'before' : 'after';
    return this.#startAs(
      new MortalProcess(this.#random.chance(0.5) ? { effect: this.#random.below(150), moment } : undefined),
    );
  }

  #startAs(process: MortalProcess): Life {
    // Nothing of the one before may go on: it was another process.
    this.#process.kill();
    this.#process = process;
    const steps = (all: readonly Step[]): readonly Step[] => all.map((step) => this.#watched(this.#mistaken(step)));
    return this.#harness.start({ process, steps, graceMs: 5_000, gremlin: this.#gremlin });
  }

  #mistaken(step: Step): Step {
    return this.#mistake?.step === step.name ? { ...step, ...this.#mistake.change?.(step) } : step;
  }

  /** A step's mistakes in its own code are noticed, whoever it fails for. */
  #watched(step: Step): Step {
    const watched =
      <A extends unknown[], T>(act: (...args: A) => Promise<T>) =>
      async (...args: A): Promise<T> => {
        try {
          return await act(...args);
        } catch (cause) {
          this.#noticing(() => refuseUnknown(cause));
          throw cause;
        }
      };
    return { ...step, do: watched(step.do), undo: watched(step.undo), verify: watched(step.verify) };
  }

  async #restart(): Promise<boolean> {
    this.#life = this.#start();
    await this.#life.attachments.adoptAll();
    return !this.#process.dead;
  }

  /** As systemd does it: what runs may finish. */
  async #restartInOrder({ attachments, reconciler }: Life): Promise<boolean> {
    await Promise.all([attachments.stop(), reconciler.stop()]);
    return this.#restart();
  }

  async #step(): Promise<void> {
    if (this.#process.dead) return this.#count('restart after a crash', () => this.#restart());
    this.#faults.pass();
    const life = this.#life;
    const all: readonly Possibility[] = [
      ...this.#users.possibilities(life),
      ...this.#faults.possibilities(),
      [0.5, 'kill and restart', () => this.#restart()],
      [0.5, 'restart', () => this.#restartInOrder(life)],
    ];
    const possible = all.filter(([, , action]) => action !== undefined);
    let at = this.#random.next() * possible.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, name, action] of possible) {
      at -= weight;
      if (at < 0 && action !== undefined) return this.#count(name, action);
    }
  }

  async #count(name: string, action: Action): Promise<void> {
    const count = this.done.get(name) ?? { tried: 0, succeeded: 0 };
    this.done.set(name, count);
    count.tried++;
    this.calls.push(`${name} begins`);
    try {
      const succeeded = await action();
      if (succeeded) count.succeeded++;
      this.calls.push(`${name} ${succeeded ? 'succeeds' : 'does not succeed'}`);
    } catch (cause) {
      this.calls.push(`${name} fails: ${cause instanceof Error ? cause.message : cause}`);
      refuseUnknown(cause);
    }
  }

  /** The faults end, iorcld starts once more, and Nova's debts are paid. */
  async #heal(): Promise<void> {
    this.#faults.end();
    this.#life = this.#startAs(new MortalProcess());
    await this.#life.attachments.adoptAll();
    for (const volume of this.#nova.volumes) await this.#users.payDebts(this.#life, volume);
    await this.#life.reconciler.run({ force: true });
  }

  /** Every volume works, holds what was written, and can be taken down without a trace. */
  async #end(): Promise<void> {
    const { attachments, reconciler, journal } = this.#life;
    const { findings } = await reconciler.run({ dryRun: true });
    if (findings.length > 0) throw new Violation(`left over: ${findings.map(({ message }) => message).join('; ')}`);
    for (const volume of this.#nova.volumes) {
      const { id } = volume;
      if (volume.attachments.length === 0 && !(await this.#nova.attach(this.#life, volume, 'compute-1'))) {
        throw new Violation(`volume ${id} can't be attached any more`);
      }
      if (!this.#nova.write(volume, 99, `${id} last`)) throw new Violation(`volume ${id} can't be written`);
      if (!this.#nova.read(volume)) throw new Violation(`volume ${id} can't be read`);
    }
    for (const volume of this.#nova.volumes) {
      for (const { id } of [...volume.attachments]) await this.#nova.detach(this.#life, volume, id);
    }
    const left = [...this.#harness.leftovers(), ...attachments.list().map(({ id }) => `attachment ${id}`)];
    if (left.length > 0) throw new Violation(`left over at the end: ${left.join('; ')}`);
    if (journal.attachments().length > 0) throw new Violation('the journal is not empty');
  }
}
