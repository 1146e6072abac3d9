import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from '../demo/program.ts';
import { addUp, type TestReport, type TestTotals } from '../test-summary/results.ts';
import { TESTBED, withTestbed } from '../testbed/lifecycle.ts';

const PROJECT = join(import.meta.dirname, '../../packages/openstack-client');
const VITEST = join(import.meta.dirname, '../../node_modules/.bin/vitest');

/** What the testbed's cloud has; see `RealCloud` in packages/openstack-client/test/contract/real-cloud.ts. */
const NAMES = {
  flavor: 'm1.tiny',
  ioFlavor: 'io.tiny',
  image: 'tiny',
  network: 'net-a',
  volumeType: 'rbd',
  zoneOfMovers: 'fake',
};

/** What the suite needs of a testbed beside its defaults: hosts that servers move between. */
const UP_OPTIONS = ['--fake-computes', '2'];

/** Runs the contract suite of @iorcl/openstack-client on the testbed, which is brought up if it is down. */
export function contractSuiteOnTestbed(): Promise<TestTotals> {
  return withTestbed(onTestbed, UP_OPTIONS);
}

async function onTestbed(): Promise<TestTotals> {
  const [member, admin, service] = await Promise.all([
    credentials('demo'),
    credentials('admin'),
    credentials('service'),
  ]);
  const restartCompute = [join(TESTBED, 'restart'), 'nova-compute-%s'];
  const cloud = { users: { member, admin, service }, names: NAMES, restartCompute };
  return runVitest('vitest-real-cloud.json', [], { IORCL_REAL_CLOUD: JSON.stringify(cloud) });
}

/** The same suite against the fake cloud. */
export function contractSuiteOnFakeCloud(): Promise<TestTotals> {
  return runVitest('vitest.json', ['test/contract'], {});
}

async function runVitest(report: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<TestTotals> {
  const file = join(PROJECT, 'test-results', report);
  rmSync(file, { force: true });
  const options = { cwd: PROJECT, stdio: 'inherit', env: { ...process.env, ...env } } as const;
  const [status, signal] = await once(spawn(VITEST, ['run', ...args], options), 'exit');
  const totals = addUp([readReport(file)]);
  if (status !== 0 && totals.failed === 0) throw new Error(`vitest failed with ${String(status ?? signal)}`);
  return totals;
}

function readReport(file: string): TestReport {
  const report: TestReport = JSON.parse(readFileSync(file, 'utf8'));
  return report;
}

async function credentials(user: string): Promise<Record<string, string>> {
  const { status, out, error } = await runToEnd(join(TESTBED, 'openrc'), ['--credentials', user]);
  if (status !== 0) throw new Error(`tools/testbed/openrc failed with ${status}: ${error || out}`);
  return Object.fromEntries(
    [...out.matchAll(/^export (OS_\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}
