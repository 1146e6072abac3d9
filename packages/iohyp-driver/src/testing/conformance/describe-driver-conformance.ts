import { accessBehaviours } from './access.ts';
import type { Behaviour } from './behaviour.ts';
import { counterBehaviours } from './counters.ts';
import { crashBehaviours } from './crashes.ts';
import { dataBehaviours } from './data.ts';
import { drainBehaviours } from './drain.ts';
import { encryptionBehaviours } from './encryption.ts';
import type { ConformanceHarness } from './harness.ts';
import { lifecycleBehaviours } from './lifecycle.ts';
import { qosBehaviours } from './qos.ts';
import { recoveryBehaviours } from './recovery.ts';
import { refusalBehaviours } from './refusals.ts';
import { resizeBehaviours } from './resize.ts';
import { Scene } from './scene.ts';
import { sharingBehaviours } from './sharing.ts';
import { stageBehaviours } from './stages.ts';

const groups: Readonly<Record<string, readonly Behaviour[]>> = {
  data: dataBehaviours,
  access: accessBehaviours,
  refusals: refusalBehaviours,
  lifecycle: lifecycleBehaviours,
  recovery: recoveryBehaviours,
  crashes: crashBehaviours,
  resize: resizeBehaviours,
  qos: qosBehaviours,
  drain: drainBehaviours,
  encryption: encryptionBehaviours,
  stages: stageBehaviours,
  counters: counterBehaviours,
  sharing: sharingBehaviours,
};

/**
 * Defines one test per behaviour that every driver must show, each at a site of its own. Behaviours of capabilities
 * that the driver doesn't claim are shown as skipped.
 *
 * ```ts
 * describeDriverConformance({ framework: { describe, it, skip: it.skip }, driverName: 'mine', capabilities, newSite });
 * ```
 */
export function describeDriverConformance(harness: ConformanceHarness): void {
  const { describe, it, skip } = harness.framework;
  describe(`driver ${harness.driverName} conforms to the contract`, () => {
    for (const [group, behaviours] of Object.entries(groups).filter(([name]) => isAsked(harness, name))) {
      describe(group, () => {
        for (const behaviour of behaviours) {
          const reason = whySkipped(harness, group, behaviour);
          const title = reason === undefined ? behaviour.title : `${behaviour.title} (not here: ${reason})`;
          (reason === undefined ? it : skip)(title, () => show(harness, behaviour));
        }
      });
    }
  });
}

function isAsked({ groups: asked }: ConformanceHarness, group: string): boolean {
  return asked === undefined || asked.includes(group);
}

function whySkipped(harness: ConformanceHarness, group: string, behaviour: Behaviour): string | undefined {
  const exception = harness.exceptions?.[behaviour.title] ?? harness.exceptions?.[group];
  if (exception !== undefined) return exception;
  return behaviour.needs?.(harness.capabilities) === false ? 'the driver does not claim it' : undefined;
}

async function show(harness: ConformanceHarness, behaviour: Behaviour): Promise<void> {
  const site = await harness.newSite();
  try {
    await behaviour.run(await Scene.create(site));
  } finally {
    await site[Symbol.asyncDispose]();
  }
}
