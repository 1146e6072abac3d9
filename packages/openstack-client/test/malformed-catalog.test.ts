import { describe, expect, it } from 'vitest';
import { OpenStackClient, OpenStackError, passwordAuth } from '../src/index.ts';
import { rogueServer } from './rogue-server.ts';

const endpoint = { interface: 'public', region: 'one', region_id: 'one', url: 'http://127.0.0.1:9/v2.1' };
const nova = { type: 'compute', name: 'nova', endpoints: [endpoint] };

/** Asks for a list of servers in a cloud whose Keystone gives this catalog. */
async function failureWith(catalog: unknown): Promise<object> {
  const authUrl = await rogueServer((_, response) => {
    const token = {
      user: { id: 'u', name: 'ann' },
      issued_at: new Date().toISOString(),
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      catalog,
    };
    response.writeHead(201, { 'content-type': 'application/json', 'x-subject-token': 'a-token' });
    response.end(JSON.stringify({ token }));
  });
  const client = new OpenStackClient({
    auth: passwordAuth({ authUrl, username: 'ann', password: 'a-password' }),
    retry: { attempts: 1 },
  });
  const error: unknown = await client.compute.servers.list().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  client.close();
  if (!(error instanceof OpenStackError)) throw new Error(`expected an OpenStackError, got ${String(error)}`);
  return { code: error.code, message: error.message };
}

describe('a catalog that is not what Keystone promises is a typed error that names the place', () => {
  it.each<[title: string, catalog: unknown, code: string, message: string]>([
    ['no list', 'text', 'malformed_answer', 'answer.token.catalog is a string, expected an array'],
    ['null', null, 'malformed_answer', 'answer.token.catalog is null, expected an array'],
    ['of nulls', [null], 'malformed_answer', 'answer.token.catalog[0] is null, expected an object'],
    [
      'a service without type',
      [{ endpoints: [] }],
      'malformed_answer',
      'answer.token.catalog[0].type is missing, expected a string',
    ],
    [
      'endpoints that are no list',
      [{ type: 'compute', endpoints: {} }],
      'malformed_answer',
      'answer.token.catalog[0].endpoints is an object, expected an array',
    ],
    [
      'an endpoint without interface',
      [{ type: 'compute', endpoints: [{ url: 'http://x' }] }],
      'malformed_answer',
      'answer.token.catalog[0].endpoints[0].interface is missing, expected a string',
    ],
    [
      'a URL that is none',
      [{ ...nova, endpoints: [{ ...endpoint, url: 'nova 8774' }] }],
      'configuration',
      'The endpoint in the catalog for compute is not a URL',
    ],
    [
      'a URL without protocol',
      [{ ...nova, endpoints: [{ ...endpoint, url: 'nova:8774/v2.1' }] }],
      'configuration',
      'The endpoint in the catalog for compute is neither http: nor https:',
    ],
    [
      'a URL of another protocol',
      [{ ...nova, endpoints: [{ ...endpoint, url: 'file:///etc/passwd' }] }],
      'configuration',
      'neither http: nor https:',
    ],
    ['no URL', [{ ...nova, endpoints: [{ ...endpoint, url: null }] }], 'endpoint_not_found', 'compute (no endpoint)'],
    ['an empty list', [], 'unscoped_token', 'is the token scoped to a project?'],
    ['nothing of the service', [{ ...nova, type: 'dns' }], 'endpoint_not_found', 'it has dns (public@one)'],
    [
      'two regions',
      [nova, { ...nova, endpoints: [{ ...endpoint, region: 'two', region_id: 'two' }] }],
      'ambiguous_region',
      'compute in the regions one, two',
    ],
  ])('%s', async (_, catalog, code, message) => {
    expect(await failureWith(catalog)).toEqual({ code, message: expect.stringContaining(message) });
  });
});

it("another service's endpoint without URL is no obstacle", async () => {
  const dns = { type: 'dns', name: 'designate', endpoints: [{ ...endpoint, url: null }] };
  expect(await failureWith([dns, nova])).toMatchObject({ code: 'connection_failed' });
});
