import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QmpClient } from './qmp-client.ts';
import { QmpError } from './qmp-error.ts';

const GREETING =
  '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": ""}, "capabilities": []}}\n';

let directory: string;
let path: string;
let server: Server | undefined;
let clients: QmpClient[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'iorcl-qmp-'));
  path = join(directory, 'qmp.sock');
  clients = [];
});
afterEach(async () => {
  for (const client of clients) {
    client.close();
  }
  await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  server = undefined;
  await rm(directory, { recursive: true });
});

/** A peer that greets and agrees on capabilities; everything after that goes to `answer`. */
async function peer(answer: (socket: Socket, request: { execute: string; id: string }) => void, greeting = GREETING) {
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write(greeting);
    socket.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString().trim().split('\n')) {
        const request: { execute: string; id: string } = JSON.parse(line);
        if (request.execute === 'qmp_capabilities') {
          socket.write(`${JSON.stringify({ return: {}, id: request.id })}\n`);
        } else {
          answer(socket, request);
        }
      }
    });
  });
  await new Promise<void>((resolve) => server?.listen(path, resolve));
}

async function connect(maxLineBytes?: number): Promise<QmpClient> {
  const client = await QmpClient.connect(path, maxLineBytes === undefined ? {} : { maxLineBytes });
  clients.push(client);
  return client;
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof QmpError ? error.code : error),
  );

describe('QMP client', () => {
  it('reads the version from the greeting, and answers from lines that come in pieces or together', async () => {
    await peer((socket, { execute, id }) => {
      const line = `${JSON.stringify({ return: execute, id })}\r\n`;
      if (execute === 'pieces') {
        for (const character of line) {
          socket.write(character);
        }
      } else {
        socket.write(`{"event": "A", "data": {}}\n${line}{"event": "B"}\n`);
      }
    });
    const client = await connect();
    const events: string[] = [];
    client.onEvent(({ event }) => events.push(event));
    expect(client.version).toBe('7.2.22');
    expect(await client.execute('pieces')).toBe('pieces');
    expect(await client.execute('together')).toBe('together');
    await expect.poll(() => events).toEqual(['A', 'B']);
  });

  it('gives each caller its own answer, in whatever order they come', async () => {
    const seen: { execute: string; id: string }[] = [];
    await peer((socket, request) => {
      seen.push(request);
      if (seen.length === 3) {
        for (const { execute, id } of seen.toReversed()) {
          socket.write(`${JSON.stringify({ return: execute, id })}\n`);
        }
      }
    });
    const client = await connect();
    expect(await Promise.all(['a', 'b', 'c'].map((name) => client.execute(name)))).toEqual(['a', 'b', 'c']);
  });

  it("reports the daemon's error with class and description", async () => {
    await peer((socket, { id }) =>
      socket.write(`${JSON.stringify({ error: { class: 'GenericError', desc: 'no such node' }, id })}\n`),
    );
    const client = await connect();
    await expect(client.execute('blockdev-del')).rejects.toMatchObject({
      code: 'command_failed',
      command: 'blockdev-del',
      qmpClass: 'GenericError',
      description: 'no such node',
      message: 'QMP blockdev-del: no such node',
      retryable: false,
    });
  });

  it('rejects what waits when the daemon dies in mid-request, and everything after it', async () => {
    await peer((socket) => socket.destroy());
    const client = await connect();
    const event = client.waitForEvent('NEVER', () => true);
    event.catch(() => {});
    expect(await codeOf(client.execute('a'))).toBe('closed');
    expect(await codeOf(event)).toBe('closed');
    expect(await codeOf(client.execute('b'))).toBe('closed');
    expect(await codeOf(client.waitForEvent('NEVER', () => true))).toBe('closed');
  });

  it('gives up after the timeout or when aborted; a late answer harms nobody', async () => {
    const late: (() => void)[] = [];
    await peer((socket, { execute, id }) => {
      const answer = (): void => void socket.write(`${JSON.stringify({ return: execute, id })}\n`);
      if (execute === 'late') {
        late.push(answer);
      } else {
        answer();
      }
    });
    const client = await connect();
    expect(await codeOf(client.execute('late', {}, { timeoutMs: 20 }))).toBe('timeout');
    expect(await codeOf(client.execute('late', {}, { signal: AbortSignal.abort() }))).toBe('aborted');
    const controller = new AbortController();
    const aborted = codeOf(client.execute('late', {}, { signal: controller.signal }));
    controller.abort();
    expect(await aborted).toBe('aborted');
    for (const answer of late) {
      answer();
    }
    expect(await client.execute('prompt')).toBe('prompt');
  });

  it('waits for the event that matches, not for another one of the same name', async () => {
    await peer((socket, { id }) => {
      for (const name of ['x', 'y']) {
        socket.write(`${JSON.stringify({ event: 'GONE', data: { id: name } })}\n`);
      }
      socket.write(`${JSON.stringify({ return: {}, id })}\n`);
    });
    const client = await connect();
    const gone = client.waitForEvent('GONE', ({ id }) => id === 'y');
    await client.execute('delete');
    expect(await gone).toEqual({ event: 'GONE', data: { id: 'y' } });
    expect(await codeOf(client.waitForEvent('GONE', () => true, { timeoutMs: 20 }))).toBe('timeout');
  });

  it('passes over garbage in the midst of a conversation, and understands what comes after it', async () => {
    await peer((socket, { execute, id }) => {
      const answer = JSON.stringify({ return: execute, id });
      socket.write(
        `{"return": {"half": [1, 2\n\u0000\u00ff]}}\n{"foo": 1}\n{"return": "of nobody", "id": "99"}\n${answer}\n`,
      );
    });
    const client = await connect();
    expect(await client.execute('a')).toBe('a');
    expect(await client.execute('b')).toBe('b');
  });

  it('gives up a peer that says nothing but garbage', async () => {
    await peer((socket) => socket.write('garbage\n'.repeat(20)));
    const client = await connect();
    await expect(client.execute('a')).rejects.toMatchObject({ code: 'protocol', message: /not JSON/ });
  });

  it('ends the conversation when a line has no end', async () => {
    await peer((socket) => socket.write('x'.repeat(5000)));
    const client = await connect(4000);
    await expect(client.execute('a')).rejects.toMatchObject({ code: 'protocol', message: /more than 4000 bytes/ });
  });

  it.each([
    ['no JSON', 'hello\n', /not JSON/],
    ['no QMP', '{"foo": 1}\n', /not QMP/],
    ['no greeting', '{"return": {}}\n', /expected a greeting/],
  ])('refuses a peer that speaks something else: %s', async (_, greeting, message) => {
    await peer(() => {}, greeting);
    await expect(connect()).rejects.toMatchObject({ code: 'protocol', message });
  });

  it('says that nobody listens', async () => {
    await expect(connect()).rejects.toMatchObject({ code: 'connect_failed', retryable: true, message: /ENOENT/ });
  });

  it('does not wait for ever for a greeting', async () => {
    await peer(() => {}, '');
    expect(await codeOf(QmpClient.connect(path, { timeoutMs: 30 }))).toBe('timeout');
  });
});
