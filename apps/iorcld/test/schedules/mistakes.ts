import type { StepName } from '../../src/attachment/record.ts';
import type { Step } from '../../src/attachment/step.ts';
import type { Harness } from '../harness.ts';

/** Ways to break iorcld, to see that the schedules notice. */
export interface Mistake {
  readonly name: string;
  readonly step?: StepName;
  /** What the step is like then. */
  change?(step: Step): Partial<Step>;
  /** What the world around iorcld is like then. */
  world?(harness: Harness): void;
}

const believed: Step['verify'] = async () => [];
const nothing = async (): Promise<void> => {};

export const mistakes: readonly Mistake[] = [
  {
    name: 'a right is not taken away',
    step: 'grant',
    change: () => ({ undo: nothing, verify: believed }),
  },
  {
    name: 'an export is not ended',
    step: 'export',
    change: () => ({ undo: nothing, verify: believed }),
  },
  {
    name: 'storage is not closed',
    step: 'open',
    change: () => ({ undo: nothing, verify: believed }),
  },
  {
    name: 'an undo is said to be done before it is',
    step: 'grant',
    change: (step) => ({
      undo: async (context) => void setTimeout(() => void step.undo(context).catch(() => {}), 50),
      verify: believed,
    }),
  },
  {
    name: 'a second compute host is taken at any time',
    world: ({ cloud }) => {
      const instance = cloud.instance.bind(cloud);
      cloud.instance = async (id) => ({ ...(await instance(id)), taskState: 'migrating' });
    },
  },
  {
    name: 'the storage of another volume is opened',
    step: 'connect',
    change: (step) => {
      let first: unknown;
      return {
        do: async (context) => {
          const facts = await step.do(context);
          if (facts.cinder === undefined) return facts;
          const { connectionInfo } = facts.cinder;
          first ??= connectionInfo['volume'];
          return { ...facts, cinder: { ...facts.cinder, connectionInfo: { ...connectionInfo, volume: first } } };
        },
      };
    },
  },
  {
    name: 'a mistake in the code of a step',
    step: 'check',
    change: (step) => ({
      verify: async (context, expected) => {
        if (expected === 'undone') return step.verify(context, expected);
        throw new TypeError("Cannot read properties of undefined (reading 'sizeBytes')");
      },
    }),
  },
  {
    name: 'whoever leaves stays connected',
    world: ({ driver }) => {
      const unexport = driver.unexport.bind(driver);
      driver.unexport = async (key) => {
        const volume = driver.instances.get(key.instanceId)?.volumes.get(key.attachmentId);
        if (volume?.grants.length !== 1) await unexport(key);
      };
    },
  },
];
