import { isRunning, type ProcessFacts, QmpClient, signalProcess, waitUntilGone } from '@iorcl/iohyp-driver';
import type { DaemonPaths } from './daemon-paths.ts';
import { EXPORT_ID } from './outlet.ts';

/**
 * Ends an import's daemon: first in order (export deleted, daemon told to quit), then by signal. A daemon whose export is
 * away holds requests back and can't end in order; each attempt is bounded, so that it is killed then.
 *
 * @param timeoutMs bound of each of the three attempts
 */
export async function endDaemon(daemon: ProcessFacts, paths: DaemonPaths, timeoutMs: number): Promise<void> {
  if (await endsBy(daemon, timeoutMs, () => quit(paths, timeoutMs))) return;
  if (await endsBy(daemon, timeoutMs, () => signalProcess(daemon, 'SIGTERM'))) return;
  await endsBy(daemon, timeoutMs, () => signalProcess(daemon, 'SIGKILL'));
}

async function endsBy(daemon: ProcessFacts, timeoutMs: number, attempt: () => Promise<unknown>): Promise<boolean> {
  try {
    await attempt();
    await waitUntilGone(daemon, AbortSignal.timeout(timeoutMs));
  } catch {
    // Whether it failed shows in whether the daemon still runs.
  }
  return !(await isRunning(daemon));
}

/** Deletes the export, waits until the daemon says that it is gone, and lets the daemon end. */
async function quit(paths: DaemonPaths, timeoutMs: number): Promise<void> {
  using qmp = await QmpClient.connect(paths.qmpSocket, { timeoutMs });
  const deleted = qmp.waitForEvent('BLOCK_EXPORT_DELETED', (data) => data['id'] === EXPORT_ID, { timeoutMs });
  const [result] = await Promise.allSettled([
    deleted,
    qmp.execute('block-export-del', { id: EXPORT_ID, mode: 'hard' }, { timeoutMs }),
  ]);
  if (result.status === 'rejected') throw result.reason;
  await qmp.execute('quit', {}, { timeoutMs });
}
