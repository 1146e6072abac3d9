// Runs the conformance suite on every driver that can run here or in the kernel lab, prints the matrix, and writes it into
// docs/drivers.md. --from-reports: runs nothing, and takes what the last `npm test` has reported.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ConformanceReport, conformanceMatrix } from './matrix.ts';

const { values } = parseArgs({ options: { 'from-reports': { type: 'boolean', default: false } } });
const root = new URL('../..', import.meta.url).pathname;
const BEGIN = '<!-- matrix: npm run drivers -->';
const END = '<!-- end of matrix -->';

const project = join(root, 'packages/iohyp-driver');
const run = (program: string, ...args: readonly string[]): number =>
  spawnSync(join(root, program), args, { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] }).status ?? 1;
// Where the project's own configuration has its reports written; nvmet is the kernel's own.
const statuses = values['from-reports']
  ? []
  : [run('node_modules/.bin/vitest', 'run', 'conformance'), run('tools/kernel-lab/test', 'test/nvmet/conformance')];
const readReport = (directory: string): ConformanceReport =>
  JSON.parse(readFileSync(join(project, directory, 'vitest.json'), 'utf8'));
const reports = ['test-results', 'lab-results'].map(readReport);
const matrix = conformanceMatrix({ testResults: reports.flatMap(({ testResults }) => testResults) });
console.log(matrix);
const page = join(root, 'docs/drivers.md');
const text = readFileSync(page, 'utf8');
const [before] = text.split(BEGIN);
const after = text.split(END)[1];
if (before === undefined || after === undefined) {
  throw new Error(`${page} has lost the lines "${BEGIN}" and "${END}" that the matrix stands between`);
}
writeFileSync(page, `${before}${BEGIN}\n\n${matrix}\n${END}${after}`);
process.exitCode = Math.max(0, ...statuses);
