import { acceptanceOnTestbed, UP_OPTIONS } from '../acceptance/suite.ts';
import { contractSuiteOnTestbed } from '../test-openstack/contract-suite.ts';
import { whyTestbedCannotRun, withTestbed } from '../testbed/lifecycle.ts';
import type { SkippedTest } from './skipped-reporter.ts';

/** What the reports don't say of the tests on a real cloud: that they could not run at all. */
interface RealCloudOutcome {
  readonly failed: number;
  readonly skipped: readonly SkippedTest[];
}

const SUITES = {
  'the contract suite of openstack-client on a real cloud': contractSuiteOnTestbed,
  'the acceptance suite on a real cloud': () => acceptanceOnTestbed({ write: false, compare: false }),
} as const;

export function cloudNotWanted(): RealCloudOutcome {
  return allSkipped('only .ci/run and the commands of their own start a cloud');
}

function allSkipped(reason: string): RealCloudOutcome {
  return { failed: 0, skipped: Object.keys(SUITES).map((name) => ({ name, reason })) };
}

/** Runs the suites that want a real OpenStack on one that is brought up once, if the machine can. */
export async function realCloudTests(): Promise<RealCloudOutcome> {
  const reason = await whyTestbedCannotRun();
  if (reason !== undefined) return allSkipped(reason);
  let failed = 0;
  const attempt = async (what: string, run: () => Promise<unknown>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      failed++;
      console.error(`\n${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  await attempt('The real cloud', () =>
    withTestbed(async () => {
      for (const [what, run] of Object.entries(SUITES)) await attempt(what, run);
    }, UP_OPTIONS),
  );
  return { failed, skipped: [] };
}
