// Runs the contract suite of @iorcl/openstack-client against the fake cloud and against a real OpenStack, the testbed.
import { whyTestbedCannotRun } from '../testbed/lifecycle.ts';
import { contractSuiteOnFakeCloud, contractSuiteOnTestbed } from './contract-suite.ts';

try {
  const reason = await whyTestbedCannotRun();
  if (reason !== undefined)
    throw new Error(`this machine can't run the testbed: ${reason}. See tools/testbed/README.md`);
  const fake = await contractSuiteOnFakeCloud();
  const real = await contractSuiteOnTestbed();
  const line = ({ passed, failed, skipped }: typeof fake): string =>
    `${passed} passed, ${failed} failed, ${skipped} skipped`;
  console.log(`\nfake cloud: ${line(fake)}\nreal cloud: ${line(real)}`);
  process.exitCode = fake.failed + real.failed === 0 && real.passed > 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`\ntest:openstack: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
