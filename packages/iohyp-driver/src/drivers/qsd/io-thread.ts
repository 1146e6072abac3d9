import { blockNames } from './identifiers.ts';
import type { ResolvedOptions } from './options.ts';
import type { Session } from './session.ts';
import { bindTo, coresOf } from './side-cores.ts';

/**
 * How a volume's thread waits for requests: it looks for them again and again for up to `maxNs` before it sleeps, and
 * learns from what it finds. Lower latency for processor time; worth it on cores that have nothing else to do.
 */
export interface Polling {
  /** Nanoseconds; 0 means: never. Default: 32,768, which is QEMU's, with cores of one's own; 0 without. */
  readonly maxNs?: number;
  /** By what the time is multiplied while polling pays. Default 0, which is QEMU's: by 2. */
  readonly grow?: number;
  /** By what it is divided while it doesn't. Default 0, which is QEMU's: at once to nothing. */
  readonly shrink?: number;
}

/**
 * Whether volumes have threads of their own. In QEMU before 9.1 an NBD export in a thread is not safe: 7.2.22 ends with
 * `nbd_blockdev_client_closed: Assertion` when a client leaves. There the main thread serves, and can't poll.
 */
export function servesInThreads({ qmp }: Session): boolean {
  const [major = 0, minor = 0] = qmp.version.split('.').map(Number);
  return major > 9 || (major === 9 && minor >= 1);
}

/**
 * Makes the thread that serves a volume, for itself alone, on its core. Threads are born where their maker may run: so the
 * daemon's main thread goes to the core, makes the thread, and goes back. Helpers of that thread are born there, too.
 */
export async function addIoThread(
  options: ResolvedOptions,
  session: Session,
  attachmentId: string,
  core: number | undefined,
): Promise<void> {
  if (!servesInThreads(session)) {
    if (core !== undefined) {
      await bindTo(`${core}`, session, 'daemon');
    }
    return;
  }
  const { maxNs, grow, shrink } = options.polling;
  const make = (): Promise<unknown> =>
    session.qmp.call(
      'object-add',
      {
        'qom-type': 'iothread',
        id: blockNames(attachmentId).ioThread,
        'poll-max-ns': maxNs,
        'poll-grow': grow,
        'poll-shrink': shrink,
      },
      session.call,
    );
  if (core === undefined) {
    await make();
    return;
  }
  const everywhere = await coresOf(session);
  await bindTo(`${core}`, session, 'main thread');
  await make().finally(() => bindTo(everywhere, session, 'main thread'));
}

/** Options of an export that is served by its volume's thread. */
export function servedBy(
  session: Session,
  attachmentId: string,
): { readonly iothread?: string; readonly 'fixed-iothread'?: true } {
  return servesInThreads(session) ? { iothread: blockNames(attachmentId).ioThread, 'fixed-iothread': true } : {};
}
