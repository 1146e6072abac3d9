import type { InstanceState, IoHypervisorDriver } from '@iorcl/iohyp-driver';
import { goodForMs } from './good-for.ts';

interface Inspection {
  readonly answer: Promise<InstanceState | undefined>;
  /** Infinite while it runs. */
  goodUntil: number;
}

/** Verbs that only look, or have nothing to do with a state. All others end what is known of an instance. */
const LOOKING: ReadonlySet<string> = new Set(['inspect', 'list', 'stats', 'watch']);

/**
 * A driver whose `inspect` asks the data plane once for all who want to know the same at about the same time: each step of
 * each volume of an instance is verified by itself, while one answer tells of all of them. What is done to an instance, and
 * the loss of its data plane, ends what is known of it at once.
 *
 * @param now milliseconds. Default: the monotonic clock
 */
export function sharedInspection(
  driver: IoHypervisorDriver,
  now: () => number = () => performance.now(),
): IoHypervisorDriver {
  const known = new Map<string, Inspection>();
  driver.watch((instanceId) => known.delete(instanceId));

  const inspect: IoHypervisorDriver['inspect'] = async (instanceId, options) => {
    const before = known.get(instanceId);
    if (before !== undefined && now() < before.goodUntil) {
      // It failed for whoever asked first, perhaps since that one gave up.
      const answered = await before.answer.then(
        (state) => ({ state }),
        () => undefined,
      );
      if (answered !== undefined) return answered.state;
    }
    const begun = now();
    const inspection: Inspection = { answer: driver.inspect(instanceId, options), goodUntil: Number.POSITIVE_INFINITY };
    known.set(instanceId, inspection);
    try {
      const state = await inspection.answer;
      inspection.goodUntil = now() + goodForMs(now() - begun);
      return state;
    } catch (cause) {
      if (known.get(instanceId) === inspection) known.delete(instanceId);
      throw cause;
    }
  };

  return new Proxy(driver, {
    get(target, name) {
      if (name === 'inspect') return inspect;
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function' || typeof name !== 'string') return member;
      if (LOOKING.has(name)) return member.bind(target);
      return async (...args: unknown[]): Promise<unknown> => {
        const instanceId = instanceOf(args[0]);
        known.delete(instanceId);
        try {
          return await Reflect.apply(member, target, args);
        } finally {
          known.delete(instanceId);
        }
      };
    },
  });
}

/** Verbs take a key, or a request that has one. */
function instanceOf(argument: unknown): string {
  const found = property(argument, 'instanceId') ?? property(property(argument, 'key'), 'instanceId');
  return typeof found === 'string' ? found : '';
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
