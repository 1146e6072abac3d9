// Runs every check and test through Nx and ends with one line: N passed, N failed, N skipped.
// With --real-cloud also the contract and acceptance suites on a real OpenStack, if this machine can run one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cloudNotWanted, realCloudTests } from './real-cloud-tests.ts';
import { addUp, failedTests, passedTests, type TestReport } from './results.ts';
import type { SkippedTest } from './skipped-reporter.ts';

const { values } = parseArgs({ options: { 'real-cloud': { type: 'boolean', default: false } } });
const root = new URL('../..', import.meta.url).pathname;
const files = (name: string): string[] =>
  globSync([`{packages,apps}/*/{test,lab}-results/${name}`, `tools/test-results/${name}`], { cwd: root });
const readAll = <T>(name: string): T[] =>
  files(name).map((file): T => JSON.parse(readFileSync(join(root, file), 'utf8')));

// What an earlier run left must not be counted; Nx brings back the report of a test run that it need not repeat.
for (const file of [...files('vitest*.json'), ...files('skipped*.json')]) rmSync(join(root, file));
const checks = ['lint', 'arrows', 'dead-code', 'check', 'test', 'publish-check'];
const statuses: number[] = [];
let realCloud = cloudNotWanted();
if (values['real-cloud']) {
  // Building the lab's kernel takes minutes of a new machine; how it went shows when it is used.
  const [status] = await Promise.all([nx(checks), run('tools/kernel-lab/run', '--setup')]);
  // Neither the kernel lab nor a cloud with its guests keeps the machine busy by itself.
  const [inLab, onCloud] = await Promise.all([nx(['test-kernel'], '--parallel=1'), realCloudTests()]);
  statuses.push(status, inLab);
  realCloud = onCloud;
} else statuses.push(await nx([...checks, 'test-kernel']));

const reports = readAll<TestReport>('vitest*.json');
const totals = addUp(reports);
const passed = passedTests(reports);
// Vitest's own full names have a sign between their parts.
const ranNowhere = ({ name }: SkippedTest): boolean => !passed.has(name.replaceAll(' > ', ' '));
const skipped = [...readAll<SkippedTest[]>('skipped*.json').flat().filter(ranNowhere), ...realCloud.skipped];
const nxFailed = statuses.some((status) => status !== 0);
const nxFailedTests = addUp(readAll<TestReport>('vitest.json')).failed;
const checksFailed = (nxFailed && nxFailedTests === 0 ? 1 : 0) + realCloud.failed;
if (skipped.length > 0) console.log('\nskipped:');
for (const { name, reason } of skipped) console.log(`  ${name}${reason === undefined ? '' : `: ${reason}`}`);
console.log(`\nrows of the ledger with a passing test: ${totals.ledgerRows.join(' ') || 'none'}`);
// Last, since whoever reads the end of a long log wants these.
const failed = failedTests(reports);
if (failed.length > 0) console.log('\nfailed:');
for (const { name, why } of failed) console.log(`  ${name}${why === '' ? '' : `: ${why}`}`);
if (checksFailed > 0) console.log('\nA check other than a test failed; see above.');
console.log(
  `\n${totals.passed} passed, ${totals.failed + checksFailed} failed, ${totals.skipped + realCloud.skipped.length} skipped`,
);
process.exitCode = !nxFailed && totals.failed + realCloud.failed === 0 && totals.passed > 0 ? 0 : 1;

function nx(targets: readonly string[], ...options: readonly string[]): Promise<number> {
  return run(
    'node_modules/.bin/nx',
    'run-many',
    '-t',
    ...targets,
    '--nxBail=false',
    '--outputStyle=static',
    ...options,
  );
}

/** Answers its exit status. */
async function run(program: string, ...args: readonly string[]): Promise<number> {
  const env = { ...process.env, NX_DAEMON: 'false' };
  const [status] = await once(spawn(join(root, program), args, { cwd: root, stdio: 'inherit', env }), 'exit');
  return status ?? 1;
}
