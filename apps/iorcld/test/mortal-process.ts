/** What a call of a dead process throws: nothing that it had planned to do afterwards can happen. */
class Killed extends Error {
  override readonly name = 'Killed';
}

/** Calls that change something, in the journal or in the world. */
const EFFECTS = new Set(
  ['begin', 'setStep', 'setStatus', 'setSize', 'setQos', 'setOrphaned', 'forget', 'connect', 'plug', 'unplug'].concat([
    'createExportPort',
    'complete',
    'deletePort',
    'deleteAttachment',
    'resize',
    'open',
    'interpose',
    'export',
    'grant',
    'revoke',
    'unexport',
    'close',
  ]),
);

/**
 * A process that is killed at its n-th effect, either just before it or just after it. Everything it touches is wrapped,
 * so that from then on it can neither write nor act.
 */
export class MortalProcess {
  readonly effects: string[] = [];
  #dead = false;
  readonly #at: number;
  readonly #moment: 'before' | 'after';

  constructor(at: number = Number.POSITIVE_INFINITY, moment: 'before' | 'after' = 'before') {
    this.#at = at;
    this.#moment = moment;
  }

  get dead(): boolean {
    return this.#dead;
  }

  wrap<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name, object);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => this.#call(String(name), () => member.apply(object, args));
      },
    });
  }

  #call(name: string, action: () => unknown): unknown {
    this.#alive();
    if (!EFFECTS.has(name)) return action();
    this.effects.push(name);
    const fatal = this.effects.length - 1 === this.#at;
    if (fatal && this.#moment === 'before') this.#die();
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

  #alive(): void {
    if (this.#dead) throw new Killed('this process is dead');
  }

  #die(): never {
    this.#dead = true;
    throw new Killed(`killed ${this.#moment} effect ${this.#at}: ${this.effects.at(-1)}`);
  }
}
