import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { addUp, type TestReport, type TestTotals } from '../test-summary/results.ts';
import { withTestbed } from '../testbed/lifecycle.ts';
import { acceptancePage } from './report/page.ts';
import { type OperationResult, RESULTS_FILE } from './report/result-log.ts';
import { WITHOUT_COMPARISON } from './without-comparison.ts';

const ROOT = join(import.meta.dirname, '../..');
const TOOLS = join(ROOT, 'tools');
const REPORT = join(TOOLS, 'test-results/vitest-acceptance.json');

/** What a testbed needs beside its defaults: hosts that servers move between. */
export const UP_OPTIONS: readonly string[] = ['--fake-computes', '2'];

export interface AcceptanceRun {
  /** Write docs/acceptance.md. */
  readonly write: boolean;
  /** Whether what is done with io instances is done with plain ones, too, so that their times can be compared. */
  readonly compare: boolean;
  /** Only the operations whose title has this. */
  readonly only?: string | undefined;
}

/** Runs the acceptance suite on the testbed, which is brought up if it is down. */
export function acceptanceOnTestbed(run: AcceptanceRun): Promise<TestTotals> {
  return withTestbed(() => onTestbed(run), UP_OPTIONS);
}

async function onTestbed({ write, compare, only }: AcceptanceRun): Promise<TestTotals> {
  // A part that is run again takes the place of what it was.
  for (const file of only === undefined ? [REPORT, RESULTS_FILE] : [REPORT]) rmSync(file, { force: true });
  const began = Date.now();
  const load = loadavg()[0] ?? 0;
  const vitest = join(ROOT, 'node_modules/.bin/vitest');
  const args = ['run', '--config', 'acceptance/vitest.config.ts', ...(only === undefined ? [] : ['-t', only])];
  const env = compare ? process.env : { ...process.env, [WITHOUT_COMPARISON]: '1' };
  const [status, signal] = await once(spawn(vitest, args, { cwd: TOOLS, stdio: 'inherit', env }), 'exit');
  const report: TestReport = JSON.parse(readFileSync(REPORT, 'utf8'));
  const totals = addUp([report]);
  if (status !== 0 && totals.failed === 0) throw new Error(`vitest failed with ${String(status ?? signal)}`);
  if (write) {
    const results: OperationResult[] = JSON.parse(readFileSync(RESULTS_FILE, 'utf8'));
    const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, guests emulated by QEMU without KVM; load average ${load.toFixed(1)} before the run`;
    const cloud = 'OpenStack Zed of Debian 12, unpatched; Cinder on Ceph RBD, Neutron with Open vSwitch; importer fuse';
    const minutes = Math.round((Date.now() - began) / 60_000);
    const date = new Date(began).toISOString().slice(0, 10);
    writeFileSync(join(ROOT, 'docs/acceptance.md'), acceptancePage(results, { date, machine, cloud, minutes, only }));
  }
  return totals;
}
