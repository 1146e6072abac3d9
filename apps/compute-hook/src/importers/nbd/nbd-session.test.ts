import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NbdSession } from './nbd-session.ts';

const noDaemon = spawnSync('qemu-storage-daemon', ['--version']).status !== 0;
const SIZE = 1024 * 1024;

describe('NBD session', { timeout: 60_000 }, () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'nbd-'));
    path = join(directory, 'nbd.sock');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  describe.skipIf(noDaemon)(`with qemu-storage-daemon${noDaemon ? ' (skipped: it is not installed)' : ''}`, () => {
    let daemon: ChildProcess;
    let content: Buffer;
    const serve = async (writable: 'on' | 'off') => {
      content = randomBytes(SIZE);
      writeFileSync(join(directory, 'volume'), content);
      daemon = spawn('qemu-storage-daemon', [
        ...['--blockdev', `driver=file,node-name=v,filename=${join(directory, 'volume')},discard=unmap`],
        ...['--nbd-server', `addr.type=unix,addr.path=${path}`],
        ...['--export', `type=nbd,id=v,node-name=v,name=disk,writable=${writable}`],
      ]);
      while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    afterEach(async () => {
      const ended = once(daemon, 'exit');
      daemon.kill('SIGKILL');
      await ended;
    });

    it('learns size, flags and block size, and reads', async () => {
      await serve('on');
      using session = await NbdSession.open(path, 'disk', { timeoutMs: 20_000 });
      expect(session.export).toMatchObject({ sizeBytes: SIZE, readOnly: false });
      // HAS_FLAGS, SEND_FLUSH, SEND_FUA, SEND_TRIM
      expect(session.export.transmissionFlags & 0b101101).toBe(0b101101);
      expect(session.export.minimumBlockBytes).toBeGreaterThanOrEqual(1);
      for (const offset of [0, 4096]) {
        expect(Buffer.from(await session.read(offset, 4096)).equals(content.subarray(offset, offset + 4096))).toBe(
          true,
        );
      }
      await expect(session.read(SIZE, 4096)).rejects.toMatchObject({ code: 'refused' });
    });

    it('learns that an export may only be read', async () => {
      await serve('off');
      using session = await NbdSession.open(path, 'disk', { timeoutMs: 20_000 });
      expect(session.export.readOnly).toBe(true);
    });

    it('is refused an export that there is not, with the server’s words', async () => {
      await serve('on');
      await expect(NbdSession.open(path, 'other', { timeoutMs: 20_000 })).rejects.toMatchObject({
        code: 'refused',
        message: expect.stringContaining("'other'"),
      });
    });
  });

  it.each([
    ['something else', 'SSH-2.0-OpenSSH_9.2p1\r\n', { code: 'bad_answer' }],
    ['an end', '', { code: 'ended' }],
    ['an old server', `NBDMAGIC\x00\x00\x42\x02\x81\x86\x12\x53\x00\x00`, { code: 'bad_answer' }],
    ['a reply to nothing', `NBDMAGICIHAVEOPT\x00\x03${'x'.repeat(20)}`, { code: 'bad_answer' }],
  ])('of %s: is an error', async (_, said, error) => {
    const server = createServer((client) => client.on('error', () => {}).end(said, 'latin1')).listen(path);
    await once(server, 'listening');
    await expect(NbdSession.open(path, 'disk', { timeoutMs: 5_000 })).rejects.toMatchObject(error);
    server.close();
  });

  it('with a server that says nothing: ends in time', async () => {
    const server = createServer().listen(path);
    await once(server, 'listening');
    await expect(NbdSession.open(path, 'disk', { timeoutMs: 50 })).rejects.toThrow();
    server.close();
  });
});
