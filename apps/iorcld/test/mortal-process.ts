/** What a call of a dead process throws: nothing that it had planned to do afterwards can happen. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** When a process dies: just before or just after its n-th effect, counted from 0. */
export interface KillPoint {
  readonly effect: number;
  readonly moment: 'before' | 'after';
}

/** Calls that change nothing. Whatever else the engine calls, in the journal or in the world, is an effect. */
const READS = new Set([
  ...['attachment', 'attachments', 'select', 'listener', 'lost', 'host'],
  ...['volume', 'encryption', 'instance', 'ports', 'network', 'instanceVolumes', 'computeHosts', 'seesEverything'],
  ...['exportPorts', 'connectedTo', 'inspect', 'list', 'adopt', 'stats', 'watch', 'verify', 'listen', 'runInside'],
]);

/**
 * A process that is killed at one of its effects. Everything it touches is wrapped, so that from then on it can neither
 * write nor act, even where it is not really killed.
 */
export class MortalProcess {
  /** What was called, with the words that it was called with: `setStep open doing`. */
  readonly effects: string[] = [];
  #dead = false;
  readonly #killAt: KillPoint | undefined;
  readonly #kill: () => void;

  /** @param kill really kills it. Default: it only can't do anything any more */
  constructor(killAt?: KillPoint, kill: () => void = () => {}) {
    this.#killAt = killAt;
    this.#kill = kill;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** From now on it does nothing any more. */
  kill(): void {
    this.#dead = true;
    this.#kill();
  }

  wrap<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name, object);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => this.#call(String(name), args, () => member.apply(object, args));
      },
    });
  }

  #call(name: string, args: readonly unknown[], action: () => unknown): unknown {
    if (this.#dead) throw new Killed('this process is dead');
    if (READS.has(name)) return action();
    const fatal = this.effects.length === this.#killAt?.effect;
    const words = args.slice(1).filter((arg) => typeof arg === 'string');
    this.effects.push([name, ...words].join(' '));
    if (fatal && this.#killAt?.moment === 'before') this.#die();
    const result = action();
    if (!fatal) return result;
    if (result instanceof Promise) {
      return result.then(
        () => this.#die(),
        () => this.#die(),
      );
    }
    return this.#die();
  }

  #die(): never {
    this.kill();
    throw new Killed(`killed at ${this.effects.at(-1)}`);
  }
}
