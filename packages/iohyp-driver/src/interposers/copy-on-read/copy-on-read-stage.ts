import { type CopyOnReadInterposer, DriverError } from '../../contract.ts';
import type { QmpCallOptions } from '../../qmp/deadline.ts';
import type { QmpClient } from '../../qmp/qmp-client.ts';
import type { InterposerStage, Placing } from '../interposer-stage.ts';
import { CacheFile } from './cache-file.ts';

/**
 * A cache of what was read, on the I/O host, that writes go through:
 *
 * ```
 * quorum, 2 of 2 ┬ copy-on-read ─ qcow2 overlay (the cache) ─ backing: the storage, opened again for reading
 *                └ the volume
 * ```
 *
 * A write is done when the cache and the volume have it, a flush when both have flushed. Reads ask the cache first; what it
 * hasn't is read from the storage and kept. The second opening never shows anything stale: what isn't in the cache has
 * never been written since it was opened. Nor is a cache ever used again: its file has no name once it is open.
 */
export const copyOnReadStage: InterposerStage<CopyOnReadInterposer> = {
  kind: 'copy-on-read',
  blockDriver: 'quorum',
  nearestToBackend: 'it caches the storage as it is',

  check(): void {
    // There is nothing to choose.
  },

  plain: (): CopyOnReadInterposer => ({ kind: 'copy-on-read' }),

  async add(qmp: QmpClient, placing: Placing<CopyOnReadInterposer>, options: QmpCallOptions): Promise<void> {
    const { nodeName, below, readOnly, volume } = placing;
    const { cacheDirectory, sizeBytes, owner } = volume;
    if (cacheDirectory === undefined) {
      const text = 'interposer "copy-on-read": no cacheDirectory is configured on this I/O host';
      throw new DriverError('not_supported', text);
    }
    const names = namesOf(nodeName);
    await volume.openAgain(names.storage, names.content);
    await using file = await CacheFile.create(cacheDirectory, nodeName, { sizeBytes, owner });
    await qmp.call(
      'blockdev-add',
      {
        driver: 'qcow2',
        'node-name': names.cache,
        // Nothing of it outlives the daemon, so there is nothing to flush for.
        file: { driver: 'file', filename: file.path, cache: { 'no-flush': true } },
        backing: names.content,
      },
      options,
    );
    await qmp.call('blockdev-add', { driver: 'copy-on-read', 'node-name': names.filter, file: names.cache }, options);
    await qmp.call(
      'blockdev-add',
      {
        driver: 'quorum',
        'node-name': nodeName,
        children: [names.filter, below],
        'vote-threshold': 2,
        'read-pattern': 'fifo',
        'read-only': readOnly,
      },
      options,
    );
  },

  async removeFiles(nodeName: string, { cacheDirectory }): Promise<void> {
    if (cacheDirectory !== undefined) {
      await CacheFile.remove(cacheDirectory, nodeName);
    }
  },

  read: async (): Promise<CopyOnReadInterposer> => ({ kind: 'copy-on-read' }),
};

/** Nodes besides the one that is the stage. */
function namesOf(nodeName: string) {
  return {
    filter: `${nodeName}-cor`,
    cache: `${nodeName}-cache`,
    content: `${nodeName}-again`,
    storage: `${nodeName}-store`,
  } as const;
}
