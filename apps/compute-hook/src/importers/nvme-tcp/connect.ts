import { setTimeout as delay } from 'node:timers/promises';
import { connectFabrics, deleteController, reachable, SerialQueue } from '@iorcl/iohyp-driver';
import { ImporterError } from '../contract.ts';
import { fabricsOptions } from './fabrics-options.ts';
import { describeConnection, type NvmeConnection } from './nvme-connection.ts';

export interface ConnectOptions {
  readonly dhChapSecret: string;
  readonly failAfterSeconds: number;
  readonly timeoutMs: number;
}

/** How long the I/O host may take to answer before the kernel is asked to connect. */
const REACHABLE_MS = 5_000;

/** An attempt can't be cut short, and blocks a thread meanwhile: never more than one. */
const attempts = new SerialQueue();

/** What the kernel's answers mean. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'the I/O host refuses the key',
  EKEYREJECTED: 'the I/O host refuses the key',
  ENOKEY: 'the I/O host wants another key',
  ECONNREFUSED: 'nobody listens there',
  EINVAL: 'the I/O host refuses this client, or the kernel an option; see dmesg',
  EIO: 'the I/O host refuses this client; see dmesg',
  EALREADY: 'it is connected already, by somebody else',
  ENOENT: '/dev/nvme-fabrics is not there: load the module nvme-tcp',
  ENODEV: '/dev/nvme-fabrics is not there: load the module nvme-tcp',
};

/**
 * Makes the kernel connect.
 *
 * @throws ImporterError `import_failed`, `not_answering`. Messages never hold the key
 */
export async function connect(
  attachmentId: string,
  connection: NvmeConnection,
  { dhChapSecret, failAfterSeconds, timeoutMs }: ConnectOptions,
): Promise<void> {
  const what = describeConnection(connection);
  const { address, port } = connection;
  try {
    await attempts.run('', AbortSignal.timeout(timeoutMs), async () => {
      await reachable({ address, port }, REACHABLE_MS);
      const connecting = connectFabrics(fabricsOptions({ connection, dhChapSecret, failAfterSeconds }));
      const name = await Promise.race([connecting, delay(timeoutMs, undefined, { ref: false })]);
      if (name !== undefined) return;
      // What comes of an attempt that nobody waits for any more is ended again.
      connecting.then((late) => deleteController({ name: late })).catch(() => {});
      const message = `${what} took the connection, and did not say anything within ${timeoutMs} ms`;
      throw new ImporterError('not_answering', message, { attachmentId });
    });
  } catch (cause) {
    if (cause instanceof ImporterError) throw cause;
    throw new ImporterError('import_failed', `Importing ${what} failed: ${reasonOf(cause)}`, { attachmentId, cause });
  }
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const text = cause instanceof Error ? cause.message : String(cause);
  const known = Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
  return known === undefined ? text : `${known} (${code})`;
}
