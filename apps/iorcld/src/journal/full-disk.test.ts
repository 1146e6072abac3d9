import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewAttachment } from './journal.ts';
import { SqliteJournal } from './sqlite-journal.ts';

const why = process.getuid?.() === 0 ? undefined : 'mounting a small disk needs root';

let disk: string;
beforeEach(() => {
  disk = mkdtempSync(join(tmpdir(), 'iorcld-full-'));
});
afterEach(() => {
  spawnSync('umount', [disk]);
  rmSync(disk, { recursive: true, force: true });
});

const intent = (id: string): NewAttachment => ({
  plan: {
    ...{ attachmentId: id, carrier: id, instanceId: 'i', volumeId: `v-${id}`, sizeBytes: 1024 ** 3, mode: 'host' },
    computeHost: 'compute-1',
    network: { networkId: 'n', type: 'vlan', physicalNetwork: 'physnet1', segmentationId: 101 },
  },
  ...{ ioHost: 'io-1', driver: 'qsd', ports: { first: 10809, last: 10810 } },
  grant: { client: 'compute-1', identity: `${id}.x`, secretHex: 'ab'.repeat(32) },
});

describe.skipIf(why !== undefined)(`a disk that is full${why === undefined ? '' : ` (${why})`}`, () => {
  it('is said to be, what was written stays, and once there is room it goes on', () => {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'none', disk], { encoding: 'utf8' });
    expect(mounted.stderr).toBe('');
    const file = join(disk, 'journal.sqlite');
    const journal = new SqliteJournal(file);
    const before = journal.begin(intent('a'));
    const filler = join(disk, 'filler');
    expect(() => writeFileSync(filler, Buffer.alloc(1024 ** 2))).toThrow('ENOSPC');

    const failed = expect.objectContaining({
      ...{ code: 'failed', retryable: true },
      message: expect.stringMatching(/journal\.sqlite can't be used: database or disk is full.*make room/),
    });
    expect(() => journal.begin(intent('b'))).toThrow(failed);
    expect(journal.attachments()).toEqual([before]);

    rmSync(filler);
    const second = journal.begin(intent('b'));
    journal.close();
    const again = new SqliteJournal(file);
    expect(again.attachments()).toEqual([before, second]);
    again.close();
  });
});
