// Runs the conformance suite on every driver that can run here or in the kernel lab, prints the matrix, and writes it into
// docs/drivers.md.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConformanceReport, conformanceMatrix } from './matrix.ts';

const root = new URL('../..', import.meta.url).pathname;
const BEGIN = '<!-- matrix: npm run drivers -->';
const END = '<!-- end of matrix -->';

const project = join(root, 'packages/iohyp-driver');
const vitest = join(root, 'node_modules/.bin/vitest');
const { status } = spawnSync(vitest, ['run', 'conformance'], { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
// Where the project's own configuration has its report written.
const readReport = (path: string): ConformanceReport => JSON.parse(readFileSync(join(project, path), 'utf8'));
const here = readReport('test-results/vitest.json');
// nvmet is the kernel's own.
const lab = join(root, 'tools/kernel-lab/test');
const inLab = spawnSync(lab, ['test/nvmet/conformance'], { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
const { testResults } = readReport('lab-results/vitest.json');
const matrix = conformanceMatrix({ testResults: [...here.testResults, ...testResults] });
console.log(matrix);
const page = join(root, 'docs/drivers.md');
const text = readFileSync(page, 'utf8');
const [before] = text.split(BEGIN);
const after = text.split(END)[1];
if (before === undefined || after === undefined) {
  throw new Error(`${page} has lost the lines "${BEGIN}" and "${END}" that the matrix stands between`);
}
writeFileSync(page, `${before}${BEGIN}\n\n${matrix}\n${END}${after}`);
process.exitCode = (status ?? 1) || (inLab.status ?? 1);
