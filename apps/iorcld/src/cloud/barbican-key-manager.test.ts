import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { FakeCloud } from '@iorcl/openstack-client/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectCloud } from './connect.ts';

const KEY_ID = '9a3f1c52-1b7d-4c6a-8f0e-2d4b6a8c0e1f';
const KEY = Buffer.from('00ff10a5deadbeef0102030405060708090a0b0c0d0e0f101112131415161718', 'hex');

let fake: FakeCloud;
let barbican: Server;
/** What Barbican was asked for, and by whom. */
let asked: { url: string | undefined; accept: string | undefined; token: string | string[] | undefined }[];
let stored: Map<string, Buffer>;

beforeEach(async () => {
  fake = await FakeCloud.start({ volumesDirectory: tmpdir() });
  asked = [];
  stored = new Map([[KEY_ID, KEY]]);
  barbican = createServer((request, response) => {
    const { accept, 'x-auth-token': token } = request.headers;
    asked.push({ url: request.url, accept, token });
    const payload = stored.get(/^\/v1\/secrets\/([^/]+)\/payload$/.exec(request.url ?? '')?.[1] ?? '');
    if (token === undefined) response.writeHead(401).end();
    else if (payload === undefined) {
      const body = { code: 404, title: 'Not Found', description: 'Secret not found.' };
      response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    } else response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(payload);
  });
  await new Promise<void>((resolve) => barbican.listen(0, '127.0.0.1', resolve));
  const { port } = barbican.address() as AddressInfo;
  fake.addCatalogService({ type: 'key-manager', name: 'barbican', url: `http://127.0.0.1:${port}` });
});
afterEach(async () => {
  await fake.stop();
  barbican.closeAllConnections();
  await new Promise((resolve) => barbican.close(resolve));
});

const connect = () => {
  const { authUrl: auth_url, username, password, projectName: project_name } = fake.credentials.service;
  const domains = { user_domain_name: 'Default', project_domain_name: 'Default' } as const;
  return connectCloud({
    ...{ auth_url, username, password, project_name, ...domains, region_name: undefined, interface: 'public' },
  });
};
const secret = async (id: string): Promise<string> => {
  const connection = connect();
  try {
    return Buffer.from(await connection.keys.secret(id, { signal: AbortSignal.timeout(10_000) })).toString('latin1');
  } finally {
    connection.close();
  }
};

it('H18: a passphrase is the hex digits of the key’s bytes, which Barbican of the catalogue is asked for with a token', async () => {
  expect(await secret(KEY_ID)).toBe(KEY.toString('hex'));
  expect(asked).toEqual([
    { url: `/v1/secrets/${KEY_ID}/payload`, accept: 'application/octet-stream', token: expect.stringMatching(/./) },
  ]);
});

it.each([
  ['a key that there is not', () => void stored.clear(), /key-manager.*404|not found/i],
  ['an empty one', () => void stored.set(KEY_ID, Buffer.alloc(0)), /is empty/],
  [
    'one that is too long to be one',
    () => void stored.set(KEY_ID, Buffer.alloc(70_000, 0x61)),
    /longer than 65536 bytes/,
  ],
])('H18: %s is an error that says so, and nothing of what was stored', async (_, change, message) => {
  change();
  const failed = secret(KEY_ID);
  await expect(failed).rejects.toThrow(message);
  await failed.catch((error: unknown) => expect(String(error)).not.toContain('aaaa'));
});

it('an id can’t lead elsewhere', async () => {
  await expect(secret('..')).rejects.toThrow(/can't be the id/);
  expect(asked).toEqual([]);
});
