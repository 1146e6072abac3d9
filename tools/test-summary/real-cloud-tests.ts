import { contractSuiteOnTestbed } from '../test-openstack/contract-suite.ts';
import { whyTestbedCannotRun } from '../testbed/lifecycle.ts';
import type { SkippedTest } from './skipped-reporter.ts';

/** What the reports don't say of the tests on a real cloud: that they could not run at all. */
interface RealCloudOutcome {
  readonly failed: number;
  readonly skipped: readonly SkippedTest[];
}

/** Runs the contract suite on a real OpenStack if that is wanted, and if the machine can. */
export async function realCloudTests(wanted: boolean): Promise<RealCloudOutcome> {
  const reason = wanted ? await whyTestbedCannotRun() : 'only .ci/run and npm run test:openstack start a cloud';
  if (reason !== undefined) {
    return { failed: 0, skipped: [{ name: 'the contract suite of openstack-client on a real cloud', reason }] };
  }
  try {
    await contractSuiteOnTestbed();
    return { failed: 0, skipped: [] };
  } catch (error) {
    console.error(`\nThe tests on a real cloud: ${error instanceof Error ? error.message : String(error)}`);
    return { failed: 1, skipped: [] };
  }
}
