import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiClient } from './client.ts';

const attachment = {
  ...{ id: '3f8e1f8e-6b1c-4b8e-9d5a-0c1d2e3f4a5b', instanceId: 'i', volumeId: 'v', sizeBytes: 1024, readOnly: false },
  ...{ mode: 'host', driver: 'qsd', ioHost: 'io-1', computeHost: 'compute-1', status: 'attached' },
  network: { networkId: 'n', type: 'vlan', physicalNetwork: 'physnet1', segmentationId: 101 },
  ...{
    address: 'fe80::1',
    port: 10809,
    fault: null,
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
  },
};
const created = {
  attachment,
  access: {
    ...{ transport: 'nbd', address: 'fe80::1', port: 10809, exportName: 'e', sizeBytes: 1024, readOnly: false },
    tls: { kind: 'psk', identity: 'x', secretHex: 'ab'.repeat(32) },
  },
  cinder: { attachment: { id: attachment.id }, accessMode: 'rw', qosSpecs: null, cacheable: false },
};

interface Received {
  readonly line: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

let server: http.Server;
let client: ApiClient;
let received: Received[];
let answer: { status: number; body: string; headers?: Record<string, string> };

beforeEach(async () => {
  received = [];
  server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new ApiClient({ endpoint: `http://127.0.0.1:${port}`, token: async () => 'a-token', timeoutMs: 20_000 });
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const says = (status: number, body: unknown, headers?: Record<string, string>) => {
  answer = { status, body: typeof body === 'string' ? body : JSON.stringify(body), ...(headers ? { headers } : {}) };
};

describe('a call', () => {
  it('creates with token and request id, and answers what iorcld answered', async () => {
    says(200, created);
    const request = { attachmentId: attachment.id, computeHost: 'compute-1' };
    expect(await client.createAttachment(request, { requestId: 'req-1' })).toEqual(created);
    expect(received[0]).toMatchObject({
      line: 'POST /v1/attachments',
      headers: { 'x-auth-token': 'a-token', 'x-openstack-request-id': 'req-1', 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
  });

  it('lists and shows attachments, and lists hosts', async () => {
    says(200, { attachments: [attachment] });
    expect(await client.listAttachments()).toEqual([attachment]);
    says(200, { attachment });
    expect(await client.showAttachment(attachment.id)).toEqual(attachment);
    const host = {
      binary: 'iorcld',
      host: 'io-1',
      zone: 'nova',
      status: 'enabled',
      state: 'up',
      attachments: 1,
      updatedAt: 'now',
    };
    says(200, { hosts: [host] });
    expect(await client.listHosts()).toEqual([host]);
  });

  it('deletes; the answer has no body', async () => {
    says(204, '');
    await client.deleteAttachment(attachment.id);
    expect(received[0]?.line).toBe(`DELETE /v1/attachments/${attachment.id}`);
  });

  it('an id can’t lead to another path', async () => {
    says(200, { attachment });
    await client.showAttachment('../hosts');
    expect(received[0]?.line).toBe('GET /v1/attachments/..%2Fhosts');
  });
});

describe('a failure', () => {
  it('of iorcld has its code, message, status and request id', async () => {
    const error = { code: 'attachment_conflict', message: 'for compute-2', requestId: 'req-9' };
    says(409, { error }, { 'x-openstack-request-id': 'req-9' });
    await expect(client.showAttachment(attachment.id)).rejects.toMatchObject({
      ...{ name: 'ApiClientError', code: 'attachment_conflict', message: 'for compute-2' },
      ...{ status: 409, requestId: 'req-9', retryable: false },
    });
  });

  it.each([
    ['an error page of something in between', 502, '<html>Bad Gateway</html>'],
    ['an error code that this version doesn’t know', 418, { error: { code: 'teapot', message: '', requestId: '' } }],
    ['an attachment without a size', 200, { attachment: { ...attachment, sizeBytes: undefined } }],
    ['half an answer', 200, '{"attachment": '],
    ['nothing', 200, ''],
  ])('bad_answer: %s', async (_, status, body) => {
    says(status, body);
    await expect(client.showAttachment(attachment.id)).rejects.toMatchObject({ code: 'bad_answer', status });
  });

  it('a redirect is not followed: the token stays with iorcld', async () => {
    says(302, '', { location: 'http://127.0.0.1:1/' });
    await expect(client.listAttachments()).rejects.toMatchObject({ code: 'unreachable' });
    expect(received).toHaveLength(1);
  });

  it('unreachable: nobody listens; it says where and why, and may be tried again', async () => {
    await new Promise((resolve) => server.close(resolve));
    await expect(client.listHosts()).rejects.toMatchObject({
      ...{ code: 'unreachable', status: undefined, retryable: true },
      message: expect.stringMatching(/127\.0\.0\.1:\d+: GET \/v1\/hosts failed: .*ECONNREFUSED/),
    });
  });

  it('unreachable: no token', async () => {
    const tokenless = new ApiClient({
      endpoint: 'http://127.0.0.1:1',
      token: () => Promise.reject(new Error('Keystone is down')),
    });
    await expect(tokenless.listHosts()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('no token: Keystone is down'),
    });
  });

  it('unreachable: no answer in time', async () => {
    server.removeAllListeners('request');
    const { port } = server.address() as AddressInfo;
    const hasty = new ApiClient({ endpoint: `http://127.0.0.1:${port}`, token: async () => 't', timeoutMs: 50 });
    await expect(hasty.listHosts()).rejects.toMatchObject({ code: 'unreachable' });
    server.closeAllConnections();
  });
});

describe('a list of several pages', () => {
  const other = { ...attachment, id: '4f8e1f8e-6b1c-4b8e-9d5a-0c1d2e3f4a5b' };

  it('is answered whole, with its filter on each page', async () => {
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      received.push({ line: `${request.method} ${request.url}`, headers: request.headers, body: '' });
      const first = received.length === 1;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(first ? { attachments: [attachment], next: '/v1/x' } : { attachments: [other] }));
    });
    const found = await client.listAttachments({ filter: { computeHost: 'compute 1', status: 'attached' } });
    expect(found.map(({ id }) => id)).toEqual([attachment.id, other.id]);
    expect(received.map(({ line }) => line)).toEqual([
      'GET /v1/attachments?computeHost=compute+1&status=attached',
      `GET /v1/attachments?computeHost=compute+1&status=attached&marker=${attachment.id}`,
    ]);
  });
});

describe('the calls for operators', () => {
  const report = {
    ...{ startedAt: 'now', seconds: 0.1, dryRun: true, repairs: [], unanswered: [], guarded: null },
    findings: [
      {
        ...{ kind: 'instance_gone', id: 'instance_gone:i', message: 'm', since: 'now' },
        repair: { automatic: true, description: 'unexport', command: '' },
      },
    ],
  };
  const host = {
    ...{ binary: 'iorcld', host: 'io-1', zone: 'nova', status: 'disabled', state: 'up' },
    ...{ disabledReason: 'maintenance', attachments: 1, updatedAt: 'now' },
  };

  it.each<[string, (api: ApiClient) => Promise<unknown>, object, unknown, unknown]>([
    [
      `POST /v1/attachments/${attachment.id}/repair`,
      (api) => api.repairAttachment(attachment.id),
      { attachment },
      attachment,
      '',
    ],
    [
      `POST /v1/attachments/${attachment.id}/resize`,
      (api) => api.resizeAttachment(attachment.id, { sizeBytes: 2048 }),
      { attachment, exportedBytes: 1024 },
      { attachment, exportedBytes: 1024 },
      { sizeBytes: 2048 },
    ],
    [
      `PUT /v1/attachments/${attachment.id}/qos`,
      (api) => api.setQos(attachment.id, { iopsTotal: 100 }),
      { attachment },
      attachment,
      { limits: { iopsTotal: 100 } },
    ],
    [
      `PUT /v1/attachments/${attachment.id}/qos`,
      (api) => api.setQos(attachment.id, null),
      { attachment },
      attachment,
      { limits: null },
    ],
    [
      `GET /v1/attachments/${attachment.id}/grants`,
      (api) => api.listGrants(attachment.id),
      { grants: [{ client: 'compute-1', identity: 'x' }] },
      [{ client: 'compute-1', identity: 'x' }],
      '',
    ],
    [
      'PUT /v1/hosts/io-1',
      (api) => api.updateHost('io-1', { status: 'disabled', reason: 'maintenance' }),
      { host },
      host,
      { status: 'disabled', reason: 'maintenance' },
    ],
    [
      'POST /v1/hosts/io-1/drain',
      (api) => api.drainHost('io-1', 'maintenance'),
      { host, remaining: [attachment] },
      { host, remaining: [attachment] },
      { reason: 'maintenance' },
    ],
    ['GET /v1/networks', (api) => api.listNetworks(), { networks: [] }, [], ''],
    ['GET /v1/drivers', (api) => api.listDrivers(), { drivers: [] }, [], ''],
    ['GET /v1/findings', (api) => api.findings(), { report: null }, null, ''],
    ['POST /v1/reconcile', (api) => api.reconcile({ dryRun: true }), { report }, report, { dryRun: true }],
  ])('%s', async (line, call, answered, expected, body) => {
    says(200, answered);
    expect(await call(client)).toEqual(expected);
    expect(received[0]?.line).toBe(line);
    expect(received[0]?.body === '' ? '' : JSON.parse(received[0]?.body ?? '')).toEqual(body);
  });
});

describe('events', () => {
  const event = (id: string, type = 'attachment.attached') =>
    `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ id, at: 'now', type, attachment })}\n\n`;

  it('go on after a lost connection where they ended', async () => {
    const asked: (string | undefined)[] = [];
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      asked.push(request.headers['last-event-id']?.toString());
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (asked.length > 1) response.end(event('e-3', 'attachment.detached'));
      // Cut in the middle of an event: it comes again on the next connection.
      else response.write(`: heartbeat\n\n${event('e-1')}${event('e-2')}id: e-3\ndata: {`, () => response.destroy());
    });
    const seen: string[] = [];
    for await (const { id, type } of client.events({ lastEventId: 'e-0', reconnectMs: 1 })) {
      seen.push(`${id} ${type}`);
      if (id === 'e-3') break;
    }
    expect(seen).toEqual(['e-1 attachment.attached', 'e-2 attachment.attached', 'e-3 attachment.detached']);
    expect(asked).toEqual(['e-0', 'e-2']);
  });

  it('end when they are no longer wanted', async () => {
    server.removeAllListeners('request');
    server.on('request', (_, response) => void response.writeHead(200).write(event('e-1')));
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const { id } of client.events({ signal: stop.signal })) {
      seen.push(id);
      stop.abort();
    }
    expect(seen).toEqual(['e-1']);
  });

  it('are refused with the reason, at once', async () => {
    says(403, { error: { code: 'forbidden', message: 'not you', requestId: 'req-1' } });
    await expect(client.events().next()).rejects.toMatchObject({ code: 'forbidden', status: 403 });
  });
});

describe('the local administrator’s socket', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'iorcl-api-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is asked without a token', async () => {
    const path = join(directory, 'iorcld.sock');
    says(200, { attachments: [attachment] });
    await new Promise((resolve) => server.close(resolve));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const local = new ApiClient({ endpoint: `unix:${path}`, token: () => Promise.reject(new Error('no token')) });
    expect(await local.listAttachments()).toEqual([attachment]);
    expect(received[0]?.headers).not.toHaveProperty('x-auth-token');
  });

  it('is named where nobody listens on it', async () => {
    const path = join(directory, 'none.sock');
    await expect(new ApiClient({ endpoint: `unix:${path}` }).listHosts()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(new RegExp(`^iorcld at unix:${path}: GET /v1/hosts failed: .*ENOENT`)),
    });
  });

  it.each(['iorcld.sock', 'unix:iorcld.sock', 'ftp://io-1', 'io-1:8790', ''])('is not %j', (endpoint) => {
    expect(() => new ApiClient({ endpoint })).toThrow(/not http\(s\):\/\/HOST:PORT or unix:\/PATH/);
  });
});
