// Runs every check and test through Nx and ends with one line: N passed, N failed, N skipped.
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { addUp, type TestReport } from './results.ts';

const root = new URL('../..', import.meta.url).pathname;
const pattern = '{packages,apps}/*/test-results/vitest.json';
const reports = (): string[] => [
  ...globSync(pattern, { cwd: root }),
  ...globSync('tools/test-results/vitest.json', { cwd: root }),
];

// What an earlier run left must not be counted; Nx brings back the report of a test run that it need not repeat.
for (const report of reports()) rmSync(join(root, report));
const nx = spawnSync(
  join(root, 'node_modules/.bin/nx'),
  [
    'run-many',
    '-t',
    'lint',
    'arrows',
    'dead-code',
    'check',
    'test',
    'publish-check',
    '--nxBail=false',
    '--outputStyle=static',
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, NX_DAEMON: 'false' } },
);

const found = reports();
const totals = addUp(found.map((report): TestReport => JSON.parse(readFileSync(join(root, report), 'utf8'))));
const checksFailed = nx.status !== 0 && totals.failed === 0 ? 1 : 0;
if (totals.skipped.length > 0) console.log(`\nskipped:\n${totals.skipped.map((name) => `  ${name}`).join('\n')}`);
console.log(`\nrows of the ledger with a passing test: ${totals.ledgerRows.join(' ') || 'none'}`);
if (checksFailed > 0) console.log('\nA check other than a test failed; see above.');
console.log(`\n${totals.passed} passed, ${totals.failed + checksFailed} failed, ${totals.skipped.length} skipped`);
process.exitCode = nx.status === 0 && totals.failed === 0 && totals.passed > 0 ? 0 : 1;
