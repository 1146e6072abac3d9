import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LocalCommandRunner, QmpClient } from '../../src/index.ts';
import { missing } from './installed.ts';

const reason = missing('qemu-storage-daemon', 'qemu-io');

it.skipIf(reason)(
  'the filter node of the audit interposer in docs/writing-a-driver.md logs what is written',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'iorcl-audit-'));
    const path = (name: string): string => join(directory, name);
    await writeFile(path('disk'), Buffer.alloc(1024 * 1024));
    await writeFile(path('log'), '');
    const args = [
      ...['--blockdev', `file,node-name=disk,filename=${path('disk')}`],
      ...['--chardev', `socket,id=qmp,path=${path('qmp')},server=on,wait=off`, '--monitor', 'chardev=qmp'],
      ...['--nbd-server', `addr.type=unix,addr.path=${path('nbd')}`],
    ];
    const daemon = spawn('qemu-storage-daemon', args, { stdio: 'ignore' });
    try {
      const log = { driver: 'file', filename: path('log') };
      using qmp = await connected(path('qmp'));
      await qmp.execute('blockdev-add', { driver: 'blklogwrites', 'node-name': 'audit', file: 'disk', log });
      await qmp.execute('block-export-add', { type: 'nbd', id: 'e', 'node-name': 'audit', name: 'x', writable: true });
      const client = [
        '-f',
        'raw',
        '-c',
        'write -P 0x5a 4096 4096',
        '-c',
        'flush',
        `nbd+unix:///x?socket=${path('nbd')}`,
      ];
      await new LocalCommandRunner().run({ program: 'qemu-io', args: client });
      expect((await readFile(path('log'))).includes(Buffer.alloc(4096, 0x5a))).toBe(true);
      expect((await readFile(path('disk'))).subarray(4096, 8192)).toEqual(Buffer.alloc(4096, 0x5a));
    } finally {
      const ended = once(daemon, 'close');
      daemon.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true });
    }
  },
);

async function connected(path: string): Promise<QmpClient> {
  const patience = AbortSignal.timeout(15_000);
  for (;;) {
    try {
      return await QmpClient.connect(path, { signal: patience });
    } catch (error) {
      if (patience.aborted) {
        throw error;
      }
      await delay(20);
    }
  }
}
