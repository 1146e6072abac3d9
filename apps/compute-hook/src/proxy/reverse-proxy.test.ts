import { mkdtempSync, rmSync } from 'node:fs';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../../test/certificate.ts';
import { RawClient, ScriptedCinder, startDoor, until } from '../../test/wire.ts';

/** Sends the bytes through a front door to a Cinder that answers the given bytes once `complete` bytes arrived. */
async function exchange(sent: string, answer: string): Promise<{ cinderGot: string; clientGot: string }> {
  await using cinder = await ScriptedCinder.start((received) => (received.length >= sent.length ? answer : undefined));
  await using door = await startDoor(`http://127.0.0.1:${cinder.port}`);
  using client = await RawClient.connect(door.port);
  client.write(sent);
  await until(() => client.received.length >= answer.length, `the answer's ${answer.length} bytes: ${client.received}`);
  return { cinderGot: cinder.received, clientGot: client.received };
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const GET = 'GET /v3/p/volumes HTTP/1.1\r\nHost: h\r\n\r\n';

describe('requests reach Cinder byte for byte', () => {
  const requests: Readonly<Record<string, string>> = {
    'order, case and duplicates of headers':
      'GET /v3/p/volumes HTTP/1.1\r\nhost: 127.0.0.1:8876\r\nX-Dup: 1\r\nVia: a\r\nx-dup: 2\r\nACCEPT: */*\r\naccept: a/b\r\nConnection: keep-alive\r\n\r\n',
    'no Connection header': 'GET / HTTP/1.1\r\nHost: h\r\n\r\n',
    'odd paths': 'GET /v3//p/./volumes/%2e%2e?x=1&&y=%2F&z#f HTTP/1.1\r\nHost: h\r\n\r\n',
    'absolute request target': 'GET http://other:1/v3/ HTTP/1.1\r\nHost: h\r\n\r\n',
    'a body with length': 'POST /v3/p/volumes HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n{"\xff}\x00',
    'an empty body': 'POST /v3/p/volumes HTTP/1.1\r\nHost: h\r\ncontent-length: 0\r\n\r\n',
    'neither length nor body': 'POST /v3/p/volumes/v/action HTTP/1.1\r\nHost: h\r\n\r\n',
    'a chunked body': 'PUT /v3/p/x HTTP/1.1\r\nHost: h\r\ntransfer-encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    'a chunked body of DELETE':
      'DELETE /v3/p/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    trailers:
      'PUT /v3/p/x HTTP/1.1\r\nHost: h\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n',
    'header values beyond ASCII': 'GET /v3 HTTP/1.1\r\nHost: h\r\nX-Name: caf\xe9 \xc3\xa9\r\n\r\n',
    'an empty header value': 'GET /v3 HTTP/1.1\r\nHost: h\r\nX-Empty: \r\n\r\n',
    'a large token': `GET /v3 HTTP/1.1\r\nHost: h\r\nX-Auth-Token: ${'t'.repeat(40_000)}\r\n\r\n`,
    'an unusual method': 'PATCH /v3 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx',
    'no Host': 'GET /v3 HTTP/1.1\r\nX-A: b\r\n\r\n',
    'a large body': `PUT /v3/p/x HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n${'b'.repeat(3_000_000)}`,
  };
  for (const [what, bytes] of Object.entries(requests)) {
    it(what, async () => {
      const { cinderGot } = await exchange(bytes, OK);
      expect(cinderGot === bytes ? bytes : cinderGot).toBe(bytes);
    });
  }

  it('headers of the connection alone stay behind, as HTTP demands', async () => {
    const sent =
      'GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=9\r\nTE: gzip\r\nX-A: b\r\n\r\n';
    await using cinder = await ScriptedCinder.start(() => OK);
    await using door = await startDoor(`http://127.0.0.1:${cinder.port}`);
    using client = await RawClient.connect(door.port);
    client.write(sent);
    await until(() => client.received === OK, 'the answer');
    expect(cinder.received).toBe('GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\nX-A: b\r\n\r\n');
  });

  it("a path in Cinder's endpoint goes before the request's path", async () => {
    await using cinder = await ScriptedCinder.start(() => OK);
    await using door = await startDoor(`http://127.0.0.1:${cinder.port}/volume/`);
    using client = await RawClient.connect(door.port);
    client.write(GET);
    await until(() => client.received === OK, 'the answer');
    expect(cinder.received).toBe(GET.replace('/v3', '/volume/v3'));
  });
});

describe('answers reach the client byte for byte', () => {
  const zipped = gzipSync('{"volumes": []}').toString('latin1');
  const answers: Readonly<Record<string, readonly [answer: string, request?: string]>> = {
    'order, case and duplicates of headers': [
      'HTTP/1.1 200 Fine By Me\r\nX-Dup: 1\r\nVia: a\r\nx-dup: 2\r\nOpenstack-Api-Version: volume 3.44\r\ncontent-length: 2\r\n\r\nok',
    ],
    '300 of version discovery': ['HTTP/1.1 300 Multiple Choices\r\nContent-Length: 2\r\nVary: x\r\n\r\n{}'],
    '204': ['HTTP/1.1 204 No Content\r\nX-Openstack-Request-Id: req-1\r\n\r\n'],
    '204 with a length': ['HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n'],
    '202 without body': ['HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n'],
    '304': ['HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'],
    'HEAD with a length': [
      'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n',
      'HEAD /v3/p/volumes HTTP/1.1\r\nHost: h\r\n\r\n',
    ],
    chunked: ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\nabcdef\r\n0\r\n\r\n'],
    'chunked and empty': ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    'chunked with trailers': [
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n1\r\na\r\n0\r\nX-T: 1\r\n\r\n',
    ],
    gzip: [`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${zipped.length}\r\n\r\n${zipped}`],
    'no reason phrase': ['HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\n1'],
    'an unknown status': ['HTTP/1.1 299 Odd\r\nContent-Length: 1\r\n\r\n1'],
    'a fault': ['HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nDate: then\r\nContent-Type: a/b\r\n\r\n{}'],
    'Connection: close': ['HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n1'],
    'header values beyond ASCII': ['HTTP/1.1 200 OK\r\nX-N: caf\xe9\r\nContent-Length: 1\r\n\r\n\xff'],
    'a large body': [`HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n${'b'.repeat(3_000_000)}`],
    '103 before the answer': [`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\nLink: </b>\r\n\r\n${OK}`],
    '102 before the answer': [`HTTP/1.1 102 Processing\r\n\r\n${OK}`],
  };
  for (const [what, [answer, request]] of Object.entries(answers)) {
    it(what, async () => {
      const { clientGot } = await exchange(request ?? GET, answer);
      expect(clientGot === answer ? answer : clientGot).toBe(answer);
    });
  }

  it('a body that ends with the connection ends so for the client, too', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nX-A: b\r\n\r\nuntil the end';
    await using cinder = await ScriptedCinder.start((_, socket) => {
      socket.end(answer);
      return undefined;
    });
    await using door = await startDoor(`http://127.0.0.1:${cinder.port}`);
    using client = await RawClient.connect(door.port);
    client.write(GET);
    await until(() => client.ended, 'the end');
    expect(client.received).toBe(answer);
  });

  it('a client of HTTP/1.0 gets no chunks', async () => {
    await using cinder = await ScriptedCinder.start(
      () => 'HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    );
    await using door = await startDoor(`http://127.0.0.1:${cinder.port}`);
    using client = await RawClient.connect(door.port);
    client.write('GET / HTTP/1.0\r\n\r\n');
    await until(() => client.ended, 'the end');
    expect(client.received).toBe('HTTP/1.1 200 OK\r\nX-A: b\r\n\r\nok');
  });
});

describe('connections', () => {
  it('100-continue is Cinder’s to say: the body follows only then', async () => {
    const head = 'PUT /v3/x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n';
    await using cinder = await ScriptedCinder.start((received) => {
      if (received === head) return 'HTTP/1.1 100 Continue\r\n\r\n';
      return received.endsWith('body') ? OK : undefined;
    });
    await using door = await startDoor(`http://127.0.0.1:${cinder.port}`);
    using client = await RawClient.connect(door.port);
    client.write(head);
    await until(() => client.received === 'HTTP/1.1 100 Continue\r\n\r\n', '100');
    client.write('body');
    await until(() => client.received.endsWith('ok'), 'the answer');
    expect(cinder.received).toBe(`${head}body`);
  });

  it('an answer streams: the first bytes arrive before the last are sent', async () => {
    let more: ((bytes: string) => void) | undefined;
    await using cinder = await ScriptedCinder.start((_, socket) => {
      more = (bytes) => socket.write(bytes);
      return 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc';
    });
    await using door = await startDoor(`http://127.0.0.1:${cinder.port}`);
    using client = await RawClient.connect(door.port);
    client.write(GET);
    await until(() => client.received.endsWith('abc'), 'the first half');
    more?.('def');
    await until(() => client.received.endsWith('abcdef'), 'the second half');
  });

  it('several requests of one connection use one connection to Cinder, in order, pipelined too', async () => {
    let count = 0;
    await using cinder = await ScriptedCinder.start(() => {
      count += 1;
      return `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${count}`;
    });
    await using door = await startDoor(`http://127.0.0.1:${cinder.port}`);
    using client = await RawClient.connect(door.port);
    client.write(GET + GET);
    await until(() => client.received.endsWith('2'), 'two answers');
    client.write(GET);
    await until(() => client.received.endsWith('3'), 'the third answer');
    expect(cinder.received).toBe(GET + GET + GET);
    expect(cinder.connections).toHaveLength(1);
  });

  it('an idle connection that Cinder closes is closed to the client', async () => {
    await using cinder = await ScriptedCinder.start(() => OK);
    await using door = await startDoor(`http://127.0.0.1:${cinder.port}`);
    using client = await RawClient.connect(door.port);
    client.write(GET);
    await until(() => client.received === OK, 'the answer');
    cinder.connections[0]?.socket.end();
    await until(() => client.ended, 'the end');
  });

  it('a client that leaves ends its request to Cinder', async () => {
    await using cinder = await ScriptedCinder.start(() => undefined);
    await using door = await startDoor(`http://127.0.0.1:${cinder.port}`);
    using client = await RawClient.connect(door.port);
    client.write(GET);
    await until(() => cinder.received === GET, 'the request');
    client.socket.resetAndDestroy();
    await until(() => cinder.connections[0]?.ended === true, 'the end of the request to Cinder');
  });

  it('Cinder dropping the connection before it answers is a 502 in the shape of its faults', async () => {
    await using cinder = await ScriptedCinder.start(() => null);
    await using door = await startDoor(`http://127.0.0.1:${cinder.port}`);
    const response = await fetch(`http://127.0.0.1:${door.port}/v3/p/volumes`, {
      headers: { 'openstack-api-version': 'volume 3.44' },
    });
    expect(response.status).toBe(502);
    expect(response.headers.get('openstack-api-version')).toBe('volume 3.44');
    expect(response.headers.get('x-openstack-request-id')).toMatch(/^req-/);
    const body = await response.json();
    expect(body).toEqual({
      computeFault: { code: 502, message: expect.stringContaining(`Cinder at http://127.0.0.1:${cinder.port}`) },
    });
  });

  it('a Cinder that is not there is a 502, too', async () => {
    let port = 0;
    {
      await using cinder = await ScriptedCinder.start(() => undefined);
      port = cinder.port;
    }
    await using door = await startDoor(`http://127.0.0.1:${port}`);
    expect((await fetch(`http://127.0.0.1:${door.port}/`)).status).toBe(502);
  });

  it('Cinder dropping the connection within an answer is not taken for its end', async () => {
    await using cinder = await ScriptedCinder.start((_, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n');
      setTimeout(() => socket.resetAndDestroy(), 50);
      return undefined;
    });
    await using door = await startDoor(`http://127.0.0.1:${cinder.port}`);
    const response = await fetch(`http://127.0.0.1:${door.port}/`);
    await expect(response.text()).rejects.toThrow();
  });

  it('a request cut short in the middle of its body gets 400, and Cinder no complete request', async () => {
    await using cinder = await ScriptedCinder.start(() => undefined);
    await using door = await startDoor(`http://127.0.0.1:${cinder.port}`);
    using client = await RawClient.connect(door.port);
    client.write('PUT /v3/p/x HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc');
    client.socket.end();
    await until(() => client.ended, 'the end');
    expect(client.received).toContain('HTTP/1.1 400 Bad Request');
    expect(cinder.received.endsWith('abc') || cinder.received === '').toBe(true);
  });

  it('https to Cinder, checked against the configured certificates', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'iorcl-hook-tls-'));
    const { cert, key } = makeCertificate(directory);
    const server = https.createServer({ key, cert }, (request, response) => response.end(request.headers.host));
    try {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await using trusting = await startDoor(endpoint, undefined, cert);
      const answer = await fetch(`http://127.0.0.1:${trusting.port}/`);
      expect(await answer.text()).toBe(`127.0.0.1:${trusting.port}`);
      await using doubting = await startDoor(endpoint);
      expect((await fetch(`http://127.0.0.1:${doubting.port}/`)).status).toBe(502);
    } finally {
      server.closeAllConnections();
      server.close();
      rmSync(directory, { recursive: true });
    }
  });
});
