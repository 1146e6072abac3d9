import http from 'node:http';
import type { AddressInfo } from 'node:net';
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
