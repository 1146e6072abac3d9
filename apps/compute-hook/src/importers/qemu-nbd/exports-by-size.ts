import { rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { QmpClient, QmpError } from '@iorcl/iohyp-driver';
import { describeError } from '@iorcl/service';
import * as z from 'zod';
import { ImporterError } from '../contract.ts';
import type { NbdAccess } from '../nbd-access.ts';
import { exportNodeOf, findDaemon } from '../storage-daemon/daemon-command.ts';
import type { DaemonPaths } from '../storage-daemon/daemon-paths.ts';
import { EXPORT_ID, NODE_NAME } from '../storage-daemon/outlet.ts';

/** How long a daemon may take to notice that a session has ended. */
const NOTICE_TIMEOUT_MS = 300;

/** One export of a daemon, with the size that it tells. */
interface Offer {
  readonly id: string;
  readonly node: string;
  readonly sizeBytes: number;
}

/**
 * The exports of one import's daemon. NBD tells a size when a session begins and never again, and QEMU gives its guest
 * an error when a session ends. So an import that grows is offered anew, over a connection of its own, under another
 * name, beside the export that QEMU has open; QEMU moves over when Nova's driver tells it to. An export that nobody
 * uses any more ends, and the name that Nova was told, {@link EXPORT_ID}, is then given to the newest size again.
 *
 * The state is the daemon's own. Which name has the newest size stands in a file beside the socket, `nbd.sock.export`,
 * for the compute driver module; without the file it is EXPORT_ID.
 */
export class ExportsBySize {
  readonly #attachmentId: string;
  readonly #paths: DaemonPaths;
  readonly #socket: string;
  readonly #timeoutMs: number;

  /**
   * @param paths the daemon's
   * @param timeoutMs bound of each step
   */
  constructor(attachmentId: string, paths: DaemonPaths, socket: string, timeoutMs: number) {
    this.#attachmentId = attachmentId;
    this.#paths = paths;
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
  }

  /** The newest size that is offered; undefined where there is no export. */
  async newestBytes(): Promise<number | undefined> {
    using qmp = await this.#monitor();
    return newestOf(await this.#offers(qmp))?.sizeBytes;
  }

  /**
   * Offers the size that the I/O host's export has now, beside what there is.
   *
   * @throws ImporterError `cannot_resize`; nothing has changed then
   */
  async offer({ sizeBytes, readOnly }: NbdAccess): Promise<void> {
    const refused = (why: string, cause?: unknown): ImporterError =>
      new ImporterError('cannot_resize', `${this.#socket} can't become ${sizeBytes} bytes large: ${why}`, {
        attachmentId: this.#attachmentId,
        cause,
      });
    const running = await findDaemon(this.#paths);
    const wanted = running === undefined ? undefined : exportNodeOf(running);
    if (wanted === undefined) throw refused('its storage daemon has ended');
    const node = `${NODE_NAME}-${sizeBytes}`;
    const id = `${EXPORT_ID}-${sizeBytes}`;
    using qmp = await this.#monitor();
    const call = { timeoutMs: this.#timeoutMs };
    // What an attempt has left that was interrupted.
    await qmp.execute('blockdev-del', { 'node-name': node }, call).catch(() => undefined);
    let told: number | undefined;
    try {
      await qmp.execute('blockdev-add', { ...wanted, 'node-name': node }, call);
      told = (await this.#sizes(qmp)).get(node);
      if (told !== sizeBytes) throw new Error(`the I/O host tells ${told} bytes`);
      const offered = { type: 'nbd', id, name: id, 'node-name': node, writable: !readOnly };
      await qmp.execute('block-export-add', offered, call);
    } catch (cause) {
      await qmp.execute('blockdev-del', { 'node-name': node }, call).catch(() => undefined);
      throw refused(describeError(cause), cause);
    }
  }

  /**
   * Ends what nobody uses any more of the old sizes, and gives EXPORT_ID the newest one. Also finishes what was
   * interrupted. Answers what has to wait until QEMU has moved over, in words; undefined: nothing.
   */
  async settle(readOnly: boolean): Promise<string | undefined> {
    using qmp = await this.#monitor();
    const call = { timeoutMs: this.#timeoutMs };
    const newest = newestOf(await this.#offers(qmp));
    if (newest === undefined) return undefined;
    await this.#pointTo(newest.id);
    for (const { id, sizeBytes } of await this.#offers(qmp)) {
      if (sizeBytes < newest.sizeBytes) await this.#endUnused(qmp, id, NOTICE_TIMEOUT_MS);
    }
    if (!(await this.#offers(qmp)).some(({ id }) => id === EXPORT_ID)) {
      const own = { id: EXPORT_ID, name: EXPORT_ID, 'node-name': newest.node, writable: !readOnly };
      await qmp.execute('block-export-add', { type: 'nbd', ...own }, call);
    }
    const main = (await this.#offers(qmp)).find(({ id }) => id === EXPORT_ID);
    if (main?.sizeBytes !== newest.sizeBytes) {
      return `QEMU still uses ${this.#socket} with ${main?.sizeBytes} of ${newest.sizeBytes} bytes`;
    }
    await this.#pointTo(EXPORT_ID);
    for (const { id } of await this.#offers(qmp)) if (id !== EXPORT_ID) await this.#endUnused(qmp, id, 0);
    await this.#dropUnusedNodes(qmp);
    return undefined;
  }

  #monitor(): Promise<QmpClient> {
    return QmpClient.connect(this.#paths.qmpSocket, { timeoutMs: this.#timeoutMs });
  }

  async #offers(qmp: QmpClient): Promise<readonly Offer[]> {
    const exports = exportsSchema.parse(await qmp.execute('query-block-exports', {}, { timeoutMs: this.#timeoutMs }));
    const sizes = await this.#sizes(qmp);
    return exports
      .filter((each) => !each['shutting-down'])
      .map(({ id, 'node-name': node }) => ({ id, node, sizeBytes: sizes.get(node) ?? 0 }));
  }

  async #sizes(qmp: QmpClient): Promise<ReadonlyMap<string, number>> {
    const call = { timeoutMs: this.#timeoutMs };
    const nodes = nodesSchema.parse(await qmp.execute('query-named-block-nodes', { flat: true }, call));
    return new Map(nodes.map((each) => [each['node-name'], each.image['virtual-size']]));
  }

  /** An export that a client has open goes on. */
  async #endUnused(qmp: QmpClient, id: string, patienceMs: number): Promise<void> {
    const call = { timeoutMs: this.#timeoutMs };
    const deleted = qmp.waitForEvent('BLOCK_EXPORT_DELETED', (data) => data['id'] === id, call);
    // Nobody waits for it where it is not deleted.
    deleted.catch(() => undefined);
    const deadline = Date.now() + patienceMs;
    for (;;) {
      try {
        await qmp.execute('block-export-del', { id, mode: 'safe' }, call);
        break;
      } catch (cause) {
        if (!(cause instanceof QmpError) || cause.code !== 'command_failed') throw cause;
        if (Date.now() >= deadline) return;
        await delay(50);
      }
    }
    await deleted;
  }

  async #dropUnusedNodes(qmp: QmpClient): Promise<void> {
    const used = new Set((await this.#offers(qmp)).map(({ node }) => node));
    for (const node of (await this.#sizes(qmp)).keys()) {
      if (used.has(node)) continue;
      await qmp.execute('blockdev-del', { 'node-name': node }, { timeoutMs: this.#timeoutMs });
    }
  }

  async #pointTo(id: string): Promise<void> {
    const file = `${this.#socket}.export`;
    if (id === EXPORT_ID) return await rm(file, { force: true });
    // The compute driver module may read it at any moment, as nova-compute's user.
    await writeFile(`${file}.new`, id, { mode: 0o644 });
    await rename(`${file}.new`, file);
  }
}

const exportsSchema = z.array(z.object({ id: z.string(), 'node-name': z.string(), 'shutting-down': z.boolean() }));
const nodesSchema = z.array(z.object({ 'node-name': z.string(), image: z.object({ 'virtual-size': z.int() }) }));

/** The largest; of two that are equal, the one that Nova was told. */
function newestOf(offers: readonly Offer[]): Offer | undefined {
  return offers.toSorted(
    (a, b) => b.sizeBytes - a.sizeBytes || Number(b.id === EXPORT_ID) - Number(a.id === EXPORT_ID),
  )[0];
}
