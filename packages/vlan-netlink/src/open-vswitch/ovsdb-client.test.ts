import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { parseOvsdbAddress } from './ovsdb-address.ts';
import { OvsdbClient } from './ovsdb-client.ts';

describe('the address of an OVSDB server', () => {
  it.each([
    ['unix:/run/db.sock', { path: '/run/db.sock' }],
    ['tcp:127.0.0.1:6640', { host: '127.0.0.1', port: 6640 }],
    ['tcp:[::1]:6640', { host: '::1', port: 6640 }],
  ])('is read from %s', (address, expected) => expect(parseOvsdbAddress(address)).toEqual(expected));

  it.each(['', 'unix:', 'tcp:host', 'tcp:host:0', 'tcp:host:65536', 'tcp:::1:6640', 'ssl:host:6640'])(
    'is refused when it is "%s"',
    (address) => expect(() => parseOvsdbAddress(address)).toThrow(/use tcp:HOST:PORT or unix:PATH/),
  );
});

/** What a broken or strange server does is not to be had from a real one. */
describe('a connection to an OVSDB server', () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());

  async function serve(answer: (socket: Socket, request: string) => void): Promise<string> {
    server = createServer((socket) => {
      socket.setEncoding('utf8');
      socket.on('error', () => undefined);
      socket.on('data', (request: string) => answer(socket, request));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return `tcp:127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  }
  const select = [{ op: 'select', table: 'Bridge', where: [] }];

  it('says that nobody answers, and where', async () => {
    await expect(OvsdbClient.connect('unix:/nonexistent/db.sock')).rejects.toMatchObject({
      code: 'ovsdb_unreachable',
      retryable: true,
      message: expect.stringContaining('unix:/nonexistent/db.sock'),
    });
  });

  it.each([
    ['hangs up', 'ovsdb_unreachable', (socket: Socket) => void socket.destroy()],
    ['sends no JSON', 'ovsdb_malformed', (socket: Socket) => void socket.write('HTTP/1.1 400 Bad Request')],
    ['answers an error', 'ovsdb_refused', (socket: Socket) => void socket.write('{"id":1,"error":"no","result":null}')],
    ['answers no list', 'ovsdb_malformed', (socket: Socket) => void socket.write('{"id":1,"error":null,"result":7}')],
    ['says nothing', 'ovsdb_timeout', () => undefined],
  ])('refuses a call when the server %s (%s)', async (_what, code, answer) => {
    using client = await OvsdbClient.connect(await serve(answer), { timeoutMs: 100 });
    await expect(client.transact(select)).rejects.toMatchObject({ code });
  });

  it('answers when the server asks whether it is alive', async () => {
    const heard = Promise.withResolvers<string>();
    const address = await serve((socket, request) => {
      if (request.includes('"transact"')) socket.write('{"id":"echo","method":"echo","params":[]}');
      else heard.resolve(request);
    });
    using client = await OvsdbClient.connect(address, { timeoutMs: 1000 });
    const call = client.transact(select).catch(() => undefined);
    expect(JSON.parse(await heard.promise)).toEqual({ id: 'echo', result: [], error: null });
    client.close();
    await call;
  });

  it('ends a call with the reason of its signal, and tells the server to wait no longer', async () => {
    const asked = Promise.withResolvers<void>();
    const cancelled = Promise.withResolvers<string>();
    const address = await serve((_socket, request) => {
      if (request.includes('"cancel"')) cancelled.resolve(request);
      else asked.resolve();
    });
    using client = await OvsdbClient.connect(address);
    const abort = new AbortController();
    const call = client.transact(select, { signal: abort.signal });
    await asked.promise;
    abort.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(JSON.parse(await cancelled.promise)).toEqual({ id: null, method: 'cancel', params: [1] });
    await expect(client.transact(select, { signal: abort.signal })).rejects.toThrow('enough');
    await expect(OvsdbClient.connect(address, { signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow(
      'never',
    );
  });
});
