import type { Harness } from '../harness.ts';
import type { Action, Possibility } from './action.ts';
import type { Gremlin } from './gremlin.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Calls that may find nobody answering for a while. */
const SERVICES = ['attachment', 'volume', 'connect', 'instance', 'ports', 'exportPorts'] as const;

/** What befalls the world around iorcld. */
export class Faults {
  readonly #harness: Harness;
  readonly #random: Random;
  readonly #gremlin: Gremlin;
  readonly #time: VirtualTime;

  constructor(harness: Harness, random: Random, gremlin: Gremlin, time: VirtualTime) {
    this.#harness = harness;
    this.#random = random;
    this.#gremlin = gremlin;
    this.#time = time;
  }

  possibilities(): readonly Possibility[] {
    return [
      [1, 'time passes', () => this.#passTime()],
      [0.5, 'the clock jumps', () => this.#setClock()],
      [2, 'calls go wrong', () => this.#rouseGremlin()],
      [1, 'a service is silent', () => this.#silence()],
      [1, 'a data plane dies', this.#killDataPlane()],
      [1, 'a network is taken away', this.#takeNetworkAway()],
    ];
  }

  /** Sooner or later a service answers again. */
  pass(): void {
    const { silent } = this.#harness.cloud;
    if (silent.size > 0 && this.#random.chance(0.3)) silent.clear();
  }

  end(): void {
    this.#gremlin.rate = 0;
    this.#harness.cloud.silent.clear();
  }

  #passTime(): boolean {
    this.#harness.uptime += this.#random.below(600_000);
    return true;
  }

  /** By days, back or forth. */
  #setClock(): boolean {
    this.#time.jump((this.#random.next() - 0.5) * 864_000_000);
    return true;
  }

  #rouseGremlin(): boolean {
    this.#gremlin.rate = this.#random.pick([0, 0, 0.01, 0.03, 0.1]) ?? 0;
    return true;
  }

  #silence(): boolean {
    const call = this.#random.pick(SERVICES);
    if (call !== undefined) this.#harness.cloud.silent.add(call);
    return true;
  }

  #killDataPlane(): Action | undefined {
    const { instances } = this.#harness.driver;
    const instance = this.#random.pick([...instances.keys()]);
    return instance === undefined ? undefined : () => instances.delete(instance);
  }

  #takeNetworkAway(): Action | undefined {
    const { plugged } = this.#harness.plugs;
    const key = this.#random.pick([...plugged.keys()]);
    return key === undefined ? undefined : () => plugged.delete(key);
  }
}
