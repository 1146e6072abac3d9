import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** The interpreter that Nova's packages are installed for. */
const PYTHON = '/usr/bin/python3';
const module = new URL('../nova', import.meta.url).pathname;
const tests = new URL('nova-module', import.meta.url).pathname;

interface PythonTest {
  readonly id: string;
  readonly outcome: string;
}

const lacking = whatIsLacking();
// Run once for all: to import Nova takes seconds.
const outcomes = lacking === undefined ? runAll() : [];

it.skipIf(lacking !== undefined)(
  `the compute driver module has tests${lacking === undefined ? '' : ` (skipped: ${lacking})`}`,
  () => expect(outcomes.length).toBeGreaterThan(10),
);

for (const { id, outcome } of outcomes) {
  it.skipIf(outcome.startsWith('skipped'))(`${id}${outcome.startsWith('skipped') ? ` (${outcome})` : ''}`, () =>
    expect(outcome).toBe('ok'),
  );
}

function whatIsLacking(): string | undefined {
  const { status } = spawnSync(PYTHON, ['-c', 'import nova.virt.libvirt.driver']);
  return status === 0 ? undefined : 'no Nova is installed';
}

function runAll(): readonly PythonTest[] {
  const env = { ...process.env, PYTHONPATH: module };
  const run = `${tests}/run.py`;
  const { stdout, stderr } = spawnSync(PYTHON, [run, tests], { env, encoding: 'utf8', timeout: 600_000 });
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  if (!last.startsWith('[')) throw new Error(`${run} did not say what became of the tests: ${stdout}${stderr}`);
  return JSON.parse(last);
}
