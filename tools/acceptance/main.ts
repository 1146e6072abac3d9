// Runs the acceptance suite against a real OpenStack, the testbed. --write: docs/acceptance.md; --only TEXT: only the
// operations whose title has the text.
import { parseArgs } from 'node:util';
import { whyTestbedCannotRun } from '../testbed/lifecycle.ts';
import { acceptanceOnTestbed } from './suite.ts';

try {
  const { values } = parseArgs({ options: { write: { type: 'boolean', default: false }, only: { type: 'string' } } });
  const reason = await whyTestbedCannotRun();
  if (reason !== undefined)
    throw new Error(`this machine can't run the testbed: ${reason}. See tools/testbed/README.md`);
  const { passed, failed, skipped } = await acceptanceOnTestbed({ ...values, compare: true });
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`\ntest:acceptance: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
