import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askAdminSocket } from './ceph-admin-socket.ts';

let directory: string;
let path: string;
let server: Server | undefined;
const clients = new Set<Socket>();

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'iorcl-asok-'));
  path = join(directory, 'asok');
});

afterEach(async () => {
  for (const client of clients) client.destroy();
  clients.clear();
  server?.close();
  server = undefined;
  await rm(directory, { recursive: true, force: true });
});

/** A process that made the socket and does with whoever asks what a broken or hostile one may do. */
async function listen(answer: (client: Socket, question: string) => void): Promise<void> {
  const listening = createServer((client) => {
    clients.add(client);
    client.on('error', () => {});
    client.on('data', (chunk) => answer(client, chunk.toString()));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(path, resolve));
}

function framed(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}

const ask = (bounds: { signal?: AbortSignal; timeoutMs?: number } = {}): Promise<unknown> =>
  askAdminSocket(path, { prefix: 'perf dump' }, { signal: new AbortController().signal, timeoutMs: 10_000, ...bounds });

describe('Ceph’s admin socket', () => {
  it('is asked in JSON that ends with a zero byte, and answers in pieces as they come', async () => {
    await listen((client, question) => {
      expect(question).toBe('{"prefix":"perf dump"}\0');
      const [head, tail] = [framed('{"librbd":{"rd":1}}').subarray(0, 3), framed('{"librbd":{"rd":1}}').subarray(3)];
      client.write(head);
      setImmediate(() => client.end(tail));
    });
    expect(await ask()).toEqual({ librbd: { rd: 1 } });
  });

  it('which does not answer is given up in time, and when nobody waits any more', async () => {
    await listen(() => {});
    await expect(ask({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'timeout', retryable: true });
    await expect(ask({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: 'aborted' });
  });

  it.each<[how: string, answer: (client: Socket) => void, why: string]>([
    ['hangs up at once', (client) => client.destroy(), 'hung up'],
    ['hangs up in the midst', (client) => client.end(framed('{"a":1}').subarray(0, 7)), 'hung up'],
    ['announces more than anybody has', (client) => client.write(Buffer.alloc(4, 0xff)), '4294967295 bytes'],
    ['answers no JSON', (client) => client.end(framed('what?')), 'no JSON'],
  ])('whose process %s is a clear error', async (_, answer, why) => {
    await listen(answer);
    await expect(ask()).rejects.toMatchObject({ code: 'data_plane_failed', message: expect.stringContaining(why) });
  });

  it('that is a link to another service’s socket, a file or nothing is not asked', async () => {
    let asked = false;
    await listen(() => {
      asked = true;
    });
    const [service, absent, file] = [path, join(directory, 'absent'), join(directory, 'file')];
    path = join(directory, 'link');
    await symlink(service, path);
    await expect(ask()).rejects.toMatchObject({ code: 'data_plane_failed', message: expect.stringContaining(path) });
    await writeFile(file, '');
    for (path of [file, absent]) {
      await expect(ask()).rejects.toMatchObject({ code: 'data_plane_failed', message: expect.stringContaining(path) });
    }
    expect(asked).toBe(false);
  });
});
