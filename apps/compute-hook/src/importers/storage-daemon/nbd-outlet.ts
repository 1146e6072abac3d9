import { QmpClient } from '@iorcl/iohyp-driver';
import { describeError } from '@iorcl/service';
import * as z from 'zod';
import { ImporterError } from '../contract.ts';
import { NbdSession } from '../nbd/nbd-session.ts';
import type { NbdAccess } from '../nbd-access.ts';
import { exportNodeOf, findDaemon } from './daemon-command.ts';
import type { DaemonPaths } from './daemon-paths.ts';
import { EXPORT_ID, NODE_NAME, outletExport } from './outlet.ts';

/** A second client of the same export, which is there for a moment only. */
const LOOK_NODE = 'look';
const PROBE_BYTES = 512;
const SESSION_TIMEOUT_MS = 10_000;

/** What a storage daemon offers by an NBD server on a unix socket. */
export class NbdOutlet {
  readonly #attachmentId: string;
  readonly #paths: DaemonPaths;
  readonly #socket: string;

  /** @param paths the daemon's */
  constructor(attachmentId: string, paths: DaemonPaths, socket: string) {
    this.#attachmentId = attachmentId;
    this.#paths = paths;
    this.#socket = socket;
  }

  /** A session with the server. @throws NbdError, UnixStreamError */
  async openSession(timeoutMs: number = SESSION_TIMEOUT_MS): Promise<NbdSession> {
    return await NbdSession.open(this.#socket, EXPORT_ID, { timeoutMs });
  }

  /**
   * Makes the server tell the size that its export has now. It tells a size when a session begins and never again, so its export
   * is ended and begun anew: sessions break, and their clients must begin new ones. Before that a second client has looked
   * whether the I/O host really tells the new size; as long as it does not, nothing is broken.
   *
   * @param timeoutMs bound of each step
   * @throws ImporterError `cannot_resize`
   */
  async grow({ sizeBytes, readOnly }: NbdAccess, timeoutMs: number): Promise<void> {
    const refused = (why: string, cause?: unknown): ImporterError =>
      new ImporterError('cannot_resize', `${this.#socket} can't become ${sizeBytes} bytes large: ${why}`, {
        attachmentId: this.#attachmentId,
        cause,
      });
    if (readOnly) throw refused('a disk that may only be read grows when it is attached again');
    let told: number | undefined;
    try {
      // Whatever connection to the I/O host has ended is begun anew by it.
      using session = await this.openSession(timeoutMs);
      await session.read(0, PROBE_BYTES);
      told = await this.#sizeToldNow(timeoutMs);
    } catch (cause) {
      throw refused(`the I/O host does not tell its size now: ${describeError(cause)}`, cause);
    }
    if (told !== sizeBytes) throw refused(`the I/O host tells ${told} bytes`);
    try {
      await this.#renewExport(sizeBytes, timeoutMs);
    } catch (cause) {
      throw refused(`its storage daemon does not take it: ${describeError(cause)}`, cause);
    }
  }

  async #sizeToldNow(timeoutMs: number): Promise<number | undefined> {
    const running = await findDaemon(this.#paths);
    const node = running === undefined ? undefined : exportNodeOf(running);
    if (node === undefined) throw new Error('its storage daemon has ended');
    using qmp = await QmpClient.connect(this.#paths.qmpSocket, { timeoutMs });
    const look = { 'node-name': LOOK_NODE };
    // What an earlier attempt may have left.
    await qmp.execute('blockdev-del', look, { timeoutMs }).catch(() => undefined);
    await qmp.execute('blockdev-add', { ...node, ...look, 'read-only': true }, { timeoutMs });
    try {
      const nodes = nodesSchema.parse(await qmp.execute('query-named-block-nodes', { flat: true }, { timeoutMs }));
      return nodes.find((each) => each['node-name'] === LOOK_NODE)?.image['virtual-size'];
    } finally {
      await qmp.execute('blockdev-del', look, { timeoutMs });
    }
  }

  async #renewExport(sizeBytes: number, timeoutMs: number): Promise<void> {
    using qmp = await QmpClient.connect(this.#paths.qmpSocket, { timeoutMs });
    const deleted = qmp.waitForEvent('BLOCK_EXPORT_DELETED', (data) => data['id'] === EXPORT_ID, { timeoutMs });
    const asked = qmp.execute('block-export-del', { id: EXPORT_ID, mode: 'hard' }, { timeoutMs });
    const [, result] = await Promise.allSettled([asked, deleted]);
    if (result.status === 'rejected') throw result.reason;
    try {
      await qmp.execute('block_resize', { 'node-name': NODE_NAME, size: sizeBytes }, { timeoutMs });
    } finally {
      await qmp.execute('block-export-add', outletExport({ kind: 'nbd', socket: this.#socket }, false), { timeoutMs });
    }
  }
}

const nodesSchema = z.array(z.object({ 'node-name': z.string(), image: z.object({ 'virtual-size': z.int() }) }));
