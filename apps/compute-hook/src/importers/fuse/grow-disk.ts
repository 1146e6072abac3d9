import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type CommandRunner, QmpClient } from '@iorcl/iohyp-driver';
import { describeError } from '@iorcl/service';
import { ImporterError } from '../contract.ts';
import { NODE_NAME } from '../storage-daemon/outlet.ts';

/** What is to grow, and to what. */
export interface Growth {
  readonly attachmentId: string;
  readonly disk: string;
  /** Of its storage daemon. */
  readonly qmpSocket: string;
  readonly sizeBytes: number;
}

export interface GrowOptions {
  readonly runner: CommandRunner;
  /** Bound of each step, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Makes a daemon see that its export has grown, and the disk's file with it. NBD tells a size only when a connection begins, and
 * QEMU's client begins one anew only when a request finds the old one ended, which the I/O host did when it resized: so one
 * sector is read first. Then `block_resize` makes the node as large as its export is; to more it can't.
 *
 * @throws ImporterError `cannot_resize`; nothing has changed then
 */
export async function growDisk(
  { attachmentId, disk, qmpSocket, sizeBytes }: Growth,
  { runner, timeoutMs }: GrowOptions,
): Promise<void> {
  const refused = (why: string, cause?: unknown): ImporterError =>
    new ImporterError('cannot_resize', `${disk} can't become ${sizeBytes} bytes large: ${why}`, {
      attachmentId,
      cause,
    });
  try {
    await readOneSector(disk, runner, timeoutMs);
    using qmp = await QmpClient.connect(qmpSocket, { timeoutMs });
    await qmp.execute('block_resize', { 'node-name': NODE_NAME, size: sizeBytes }, { timeoutMs });
  } catch (cause) {
    throw refused(`its storage daemon still has the old size: ${describeError(cause)}`, cause);
  }
  // The kernel keeps a file's attributes for a second.
  const deadline = Date.now() + timeoutMs;
  while ((await stat(disk)).size !== sizeBytes) {
    if (Date.now() > deadline) throw refused('its storage daemon did not make the file larger');
    await delay(100);
  }
}

/**
 * Past the page cache, so that it reaches the export. Not by this process: one that has the disk open can't start others while
 * the export is away, and what waits for it can't be interrupted.
 */
async function readOneSector(disk: string, runner: CommandRunner, timeoutMs: number): Promise<void> {
  const args = [`if=${disk}`, 'of=/dev/null', 'bs=4096', 'count=1', 'iflag=direct', 'status=none'];
  const reading = runner.run({ program: 'dd', args }, { timeoutMs });
  // One that can't even be killed ends when its export is there again.
  await Promise.race([
    reading,
    delay(timeoutMs + 1_000, undefined, { ref: false }).then(() =>
      Promise.reject(new Error(`reading from it took longer than ${timeoutMs} ms: the export is away`)),
    ),
  ]);
}
