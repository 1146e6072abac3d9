import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UnixStream, UnixStreamError } from './unix-stream.ts';

let directory: string;
let path: string;
let server: Server;
let serve: (client: Socket) => void;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'unix-'));
  path = join(directory, 'socket');
  serve = () => {};
  server = createServer((client) => {
    client.on('error', () => {});
    serve(client);
  }).listen(path);
  await once(server, 'listening');
});
afterEach(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (of: string): Uint8Array => new TextEncoder().encode(of);

it('reads exactly what it was asked for, in however many pieces it comes', async () => {
  serve = (client) => {
    client.once('data', () => {
      client.write('hel');
      setTimeout(() => client.write('lo, world'), 20);
    });
  };
  using stream = UnixStream.connect(path);
  stream.write(bytes('hello?'));
  expect(text(await stream.read(5))).toBe('hello');
  expect(text(await stream.read(7))).toBe(', world');
});

it('hands its descriptor on with all that it has not read, and closing it here leaves the connection to the other', async () => {
  serve = (client) => client.write('for us, for the child');
  const stream = UnixStream.connect(path);
  expect(text(await stream.read(8))).toBe('for us, ');
  const source = `process.stdin.once('data', (heard) => { console.log(String(heard)); process.exit(); })`;
  const child = spawn(process.execPath, ['-e', source], { stdio: [stream.fd, 'pipe', 'inherit'] });
  stream.close();
  if (child.stdout === null) throw new Error('no pipe');
  const [said] = await once(child.stdout, 'data');
  expect(String(said)).toBe('for the child\n');
  await once(child, 'exit');
});

it('says so when the other side ends, or sends too little in time', async () => {
  serve = (client) => client.end('ab');
  using ended = UnixStream.connect(path);
  await expect(ended.read(3)).rejects.toMatchObject({ code: 'ended', path });
  serve = (client) => client.write('ab');
  using slow = UnixStream.connect(path);
  await expect(slow.read(3, { timeoutMs: 50 })).rejects.toMatchObject({
    code: 'timeout',
    message: expect.stringContaining('has sent 2 bytes within 50 ms, where 3 were expected'),
  });
  await expect(slow.read(1, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
});

it('writes whole or not at all: who does not read is an error, not a wait', async () => {
  serve = (client) => client.pause();
  using stream = UnixStream.connect(path);
  expect(() => stream.write(new Uint8Array(16 * 1024 * 1024))).toThrow(/send: EAGAIN/);
});

it('names the path, and what the kernel says', () => {
  const missing = join(directory, 'missing');
  expect(() => UnixStream.connect(missing)).toThrow(UnixStreamError);
  expect(() => UnixStream.connect(missing)).toThrow(`cannot talk to ${missing}: connect: ENOENT`);
});

it.each(['', 'a\0b', 'x'.repeat(108), 'ü'.repeat(54)])('refuses %j, which is no path', (wrong) => {
  expect(() => UnixStream.connect(wrong)).toThrow(RangeError);
});

it('is closed once, and of no use after that', async () => {
  const stream = UnixStream.connect(path);
  stream.close();
  stream.close();
  expect(() => stream.fd).toThrow(`the connection to ${path} is closed`);
  await expect(stream.read(1)).rejects.toMatchObject({ code: 'closed' });
});
