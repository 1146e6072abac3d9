import { ok } from 'node:assert/strict';
import type { CallOptions, DriverCapabilities, IoHypervisorDriver } from '../../contract.ts';
import type { Scene } from './scene.ts';

const GROWN = 8 * 1024 * 1024;

type Contract = Required<IoHypervisorDriver>;

/** The contract's functions that change something for one volume. */
export type LifeVerb = Exclude<
  { [K in keyof Contract]: Contract[K] extends (...args: never) => unknown ? K : never }[keyof Contract],
  'inspect' | 'list' | 'adopt' | 'stats' | 'watch'
>;

/** One step of a volume's life. */
interface Step {
  readonly needs?: (capabilities: DriverCapabilities) => boolean;
  readonly run: (scene: Scene, options?: CallOptions) => Promise<unknown>;
}

const throttles = ({ interposers }: DriverCapabilities): boolean => interposers.includes('throttle');

/**
 * Every verb, in the order of a whole life. What the suite says of "every verb" and of "between any two steps" is made of
 * this table: a verb that the contract gains and that isn't here doesn't compile.
 */
const steps: { readonly [V in LifeVerb]: Step } = {
  open: { run: (scene, options) => scene.driver.open(scene.request(), options) },
  interpose: {
    run: ({ driver, key }, options) => {
      const interposers = throttles(driver.capabilities) ? [{ kind: 'throttle', iopsTotal: 5000 } as const] : [];
      return driver.interpose({ key, interposers }, options);
    },
  },
  export: {
    run: ({ driver, key, exportName }, options) => driver.export({ key, exportName, readOnly: false }, options),
  },
  grant: { run: ({ driver, key, credentials }, options) => driver.grant({ key, ...credentials }, options) },
  setQos: {
    needs: throttles,
    run: ({ driver, key }, options) => driver.setQos({ key, limits: { iopsTotal: 6000 } }, options),
  },
  resize: {
    needs: ({ resize }) => resize !== 'none',
    run: async ({ driver, key, volume }, options) => {
      ok(volume.grow, 'the site of a driver that resizes must have volumes that can grow');
      await volume.grow(GROWN);
      return driver.resize({ key, sizeBytes: GROWN }, options);
    },
  },
  cutOff: {
    needs: ({ cutsOff }) => cutsOff === true,
    run: async ({ driver, key }, options) => driver.cutOff?.(key, options),
  },
  revoke: { run: ({ driver, key, credentials }, options) => driver.revoke(key, credentials.identity, options) },
  drain: { run: ({ driver, key }, options) => driver.drain(key, options) },
  unexport: { run: ({ driver, key }, options) => driver.unexport(key, options) },
  close: { run: ({ driver, key }, options) => driver.close(key, options) },
};

export const lifeVerbs: readonly LifeVerb[] = [
  ...(['open', 'interpose', 'export', 'grant', 'setQos', 'resize', 'cutOff'] as const),
  ...(['revoke', 'drain', 'unexport', 'close'] as const),
];

export function needed(verb: LifeVerb): ((capabilities: DriverCapabilities) => boolean) | undefined {
  return steps[verb].needs;
}

/** Size of a volume that has got so far. */
export function sizeAfter(verb: LifeVerb, { driver, volume }: Scene): number {
  const grown = lifeVerbs.indexOf(verb) >= lifeVerbs.indexOf('resize') && driver.capabilities.resize !== 'none';
  return grown ? GROWN : volume.sizeBytes;
}

export function runVerb(verb: LifeVerb, scene: Scene, options?: CallOptions): Promise<unknown> {
  return steps[verb].run(scene, options);
}

/** A volume's life until just before this verb, as far as the driver has verbs for it. */
export async function liveUntil(verb: LifeVerb, scene: Scene): Promise<void> {
  for (const earlier of lifeVerbs.slice(0, lifeVerbs.indexOf(verb))) {
    if (steps[earlier].needs?.(scene.driver.capabilities) !== false) {
      await runVerb(earlier, scene);
    }
  }
}
