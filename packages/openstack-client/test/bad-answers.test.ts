import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import {
  AbortedError,
  AnswerTooLargeError,
  BadRequestError,
  ConnectionError,
  HttpError,
  MalformedAnswerError,
  type OpenStackClient,
  OpenStackError,
  RedirectedError,
  ServiceUnavailableError,
  TimeoutError,
  TooManyRequestsError,
} from '../src/index.ts';
import { rogueServer } from './rogue-server.ts';
import { clientOf, temporaryCloud } from './temporary-cloud.ts';

/** A client whose Nova is the given server. */
async function clientWithNova(listener: RequestListener, maxAnswerBytes?: number): Promise<OpenStackClient> {
  const cloud = await temporaryCloud();
  const compute = await rogueServer(listener);
  return clientOf(cloud.credentials.admin, { endpointOverrides: { compute }, maxAnswerBytes, timeoutMs: 5_000 });
}

async function errorOf(work: Promise<unknown>): Promise<OpenStackError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof OpenStackError) return error;
  throw new Error(`expected an OpenStackError, got ${String(error)}`);
}

describe('an answer that is not what the API promises becomes a typed error that says what and where', () => {
  it('an HTML page of a proxy with status 502', async () => {
    const client = await clientWithNova((_, response) => {
      response.writeHead(502, { 'content-type': 'text/html' });
      response.end('<html><h1>502 Bad Gateway</h1></html>');
    });
    const error = await errorOf(client.compute.servers.get('s1'));
    expect(error).toBeInstanceOf(ServiceUnavailableError);
    expect(error).toMatchObject({ code: 'service_unavailable', status: 502, retryable: true, service: 'compute' });
    expect(error.message).toMatch(/GET http:\/\/127\.0\.0\.1:\d+\/v2\.1\/servers\/s1 answered 502: with text\/html/);
  });

  it('an HTML page with status 200', async () => {
    const client = await clientWithNova((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end('<html>please log in</html>');
    });
    const error = await errorOf(client.compute.servers.get('s1'));
    expect(error).toBeInstanceOf(MalformedAnswerError);
    expect(error.message).toContain('text/html, expected JSON');
    expect(error.retryable).toBe(false);
  });

  it('JSON with the wrong content type', async () => {
    const client = await clientWithNova((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.end('{"server": {}}');
    });
    expect(await errorOf(client.compute.servers.get('s1'))).toBeInstanceOf(MalformedAnswerError);
  });

  it('JSON that is cut off', async () => {
    const client = await clientWithNova((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'x-openstack-request-id': 'req-1' });
      response.end('{"server": {"id": "s1"');
    });
    const error = await errorOf(client.compute.servers.get('s1'));
    expect(error).toMatchObject({ code: 'malformed_answer', requestId: 'req-1' });
    expect(error.message).toContain('22 characters that are not valid JSON');
  });

  it('a body shorter than its Content-Length', async () => {
    const client = await clientWithNova((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"server":');
      setTimeout(() => response.destroy(), 20);
    });
    expect(await errorOf(client.compute.servers.get('s1'))).toBeInstanceOf(ConnectionError);
  });

  it('a body that announces more than is read', async () => {
    const client = await clientWithNova((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '10000000' });
      response.write('{');
    }, 100_000);
    const error = await errorOf(client.compute.servers.get('s1'));
    expect(error).toBeInstanceOf(AnswerTooLargeError);
    expect(error.message).toContain('more than 100000 bytes');
  });

  it('a body that never ends', async () => {
    let stopped = false;
    const client = await clientWithNova((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write('x'.repeat(10_000)), 1);
      response.on('close', () => {
        clearInterval(timer);
        stopped = true;
      });
    }, 100_000);
    expect(await errorOf(client.compute.servers.get('s1'))).toBeInstanceOf(AnswerTooLargeError);
    await expect.poll(() => stopped).toBe(true);
  });

  it('a redirect, which is not followed', async () => {
    let followed = 0;
    const elsewhere = await rogueServer((_, response) => {
      followed += 1;
      response.end();
    });
    const client = await clientWithNova((_, response) => {
      response.writeHead(302, { location: `${elsewhere}/v2.1/servers/s1` });
      response.end();
    });
    const error = await errorOf(client.compute.servers.get('s1'));
    expect(error).toBeInstanceOf(RedirectedError);
    expect(error.status).toBe(302);
    expect(followed).toBe(0);
  });

  it('a field that is missing', async () => {
    const client = await clientWithNova((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"server": {"id": "s1", "flavor": {}}}');
    });
    const error = await errorOf(client.compute.servers.get('s1'));
    expect(error).toBeInstanceOf(MalformedAnswerError);
    expect(error.message).toContain('answer.server.name is missing, expected a string');
  });

  it('an empty answer where an object was promised', async () => {
    const client = await clientWithNova((_, response) => response.writeHead(200).end());
    expect((await errorOf(client.compute.servers.get('s1'))).message).toContain(
      'answer is missing, expected an object',
    );
  });

  it('status 429 and status 500', async () => {
    let status = 429;
    const client = await clientWithNova((_, response) => response.writeHead(status).end());
    const busy = await errorOf(client.compute.servers.get('s1'));
    expect(busy).toBeInstanceOf(TooManyRequestsError);
    expect(busy.retryable).toBe(true);
    status = 500;
    const broken = await errorOf(client.compute.servers.get('s1'));
    expect(broken).toBeInstanceOf(HttpError);
    expect(broken).toMatchObject({ code: 'http_error', status: 500, retryable: false });
  });
});

describe('a call ends', () => {
  it('at its deadline when the service never answers', async () => {
    const cloud = await temporaryCloud();
    await cloud.outage('compute', 'hang');
    const client = clientOf(cloud.credentials.admin);
    const begun = performance.now();
    const error = await errorOf(client.compute.servers.list({}, { timeoutMs: 150 }));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ code: 'timeout', retryable: true });
    expect(error.message).toContain('no complete answer within 150 ms');
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  it("when its caller's signal says so, with the signal's reason as cause", async () => {
    const cloud = await temporaryCloud();
    await cloud.outage('compute', 'hang');
    const client = clientOf(cloud.credentials.admin);
    await client.token();
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('the user left')), 30);
    const error = await errorOf(client.compute.servers.list({}, { signal: controller.signal }));
    expect(error).toBeInstanceOf(AbortedError);
    expect(error.cause).toMatchObject({ message: 'the user left' });
    const late = await errorOf(client.compute.servers.list({}, { signal: controller.signal }));
    expect(late).toBeInstanceOf(AbortedError);
  });

  it('at once when nobody listens', async () => {
    const cloud = await temporaryCloud();
    const client = clientOf(cloud.credentials.admin);
    await client.token();
    await cloud.outage('compute', 'refused');
    const error = await errorOf(client.compute.servers.list());
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toContain('ECONNREFUSED');
    await cloud.outage('compute', false);
    expect(await client.compute.servers.list()).toEqual([]);
  });
});

it('a kept-alive connection that the server closed is replaced, not reported', async () => {
  const seen = new WeakSet<object>();
  let answered = 0;
  const client = await clientWithNova((request, response) => {
    if (seen.has(request.socket)) {
      request.socket.resetAndDestroy();
      return;
    }
    seen.add(request.socket);
    answered += 1;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"servers": []}');
  });
  for (let round = 0; round < 3; round++) expect(await client.compute.servers.list()).toEqual([]);
  expect(answered).toBe(3);
});

it('an id that would leave its place in the URL is refused before anything is sent', async () => {
  const paths: (string | undefined)[] = [];
  const client = await clientWithNova((request, response) => {
    paths.push(request.url);
    response.writeHead(404).end();
  });
  for (const id of ['', '.', '..']) {
    expect(await errorOf(client.compute.servers.delete(id))).toBeInstanceOf(BadRequestError);
  }
  expect(paths).toEqual([]);
  await errorOf(client.compute.servers.delete('../flavors/x?y#z'));
  expect(paths).toEqual(['/v2.1/servers/..%2Fflavors%2Fx%3Fy%23z']);
});

it('a list is read page by page, and a page that links to itself is an error', async () => {
  const flavor = (id: string): unknown => ({ id, name: id, vcpus: 1, ram: 1, disk: 1 });
  const pages: Readonly<Record<string, unknown>> = {
    '': { flavors: [flavor('a')], flavors_links: [{ rel: 'next', href: 'https://unreachable/v2.1/flavors?marker=a' }] },
    a: { flavors: [flavor('b')] },
  };
  const client = await clientWithNova((request, response) => {
    const marker = new URL(request.url ?? '', 'http://x').searchParams.get('marker') ?? '';
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(pages[marker]));
  });
  expect((await client.compute.flavors.list()).map(({ id }) => id)).toEqual(['a', 'b']);

  const endless = await clientWithNova((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ flavors: [], flavors_links: [{ rel: 'next', href: '/v2.1/flavors?marker=a' }] }));
  });
  expect(await errorOf(endless.compute.flavors.list())).toBeInstanceOf(MalformedAnswerError);
});
