import { type AddressInfo, connect } from 'node:net';
import { apiRoutes, createAttachmentResponseSchema, type Route } from '@iorcl/api';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiServer, emptyReport } from '../../test/api-server.ts';
import { Harness, type Life, type Reservation } from '../../test/harness.ts';
import { nbd } from '../../test/nbd-access.ts';
import { CloudError } from '../cloud/contract.ts';
import { JournalError } from '../journal/journal.ts';
import type { Health } from './health.ts';

import { routerPath } from './register-route.ts';

let harness: Harness;
let life: Life;
let reservation: Reservation;
let api: ApiServer;
let server: FastifyInstance;
let health: Health;
let log: string[];

beforeEach(() => {
  harness = new Harness();
  life = harness.start();
  reservation = harness.reserveOne();
  api = new ApiServer(life);
  ({ server, health, log } = api);
});
afterEach(async () => {
  await server.close();
  harness.end();
});

const call = (options: InjectOptions, token = 'hook') =>
  server.inject({ ...options, headers: { 'x-auth-token': token, ...options.headers } });
const create = (payload: object | string, token?: string) =>
  call({ method: 'POST', url: '/v1/attachments', payload, headers: { 'content-type': 'application/json' } }, token);
const good = () => ({ attachmentId: reservation.attachmentId, computeHost: 'compute-1' });
const one = () => `/v1/attachments/${reservation.attachmentId}`;

describe('attachments', () => {
  it('are created, shown, listed and deleted', async () => {
    const created = await create(good());
    expect(created.statusCode).toBe(200);
    const { attachment } = createAttachmentResponseSchema.parse(created.json());
    expect((await call({ url: one() })).json()).toEqual({ attachment });
    expect((await call({ url: '/v1/attachments' })).json()).toEqual({ attachments: [attachment] });
    expect((await call({ url: '/v1/hosts' })).json()).toMatchObject({ hosts: [{ host: 'io-1', attachments: 1 }] });

    const deleted = await call({ method: 'DELETE', url: one() });
    expect([deleted.statusCode, deleted.body]).toEqual([204, '']);
    expect((await call({ method: 'DELETE', url: one() })).json()).toMatchObject({
      error: { code: 'attachment_not_found' },
    });
  });

  it('never show connection_info or, once created, the key', async () => {
    harness.cloud.connectionInfo = { driver_volume_type: 'fake', auth_password: 'sekret' };
    const created = await create(good());
    const { secretHex } = nbd(createAttachmentResponseSchema.parse(created.json())).tls;
    const shown = (await call({ url: one() })).body + (await call({ url: '/v1/attachments' })).body;
    expect(created.body + shown + log.join('')).not.toContain('sekret');
    expect(shown + log.join('')).not.toContain(secretHex);
  });

  it('H7: the reason of a failure reaches the caller', async () => {
    harness.driver.export = () => Promise.reject(new Error('no free file descriptors'));
    const answer = await create(good());
    expect(answer.statusCode).toBe(502);
    expect(answer.json()).toMatchObject({
      error: { code: 'step_failed', message: expect.stringContaining('no free file descriptors') },
    });
  });

  it('H8: a request whose sender gave up before anything was changed attaches nothing', async () => {
    const { promise: later, resolve: goOn } = Promise.withResolvers<void>();
    const { promise: asked, resolve: neutronIsAsked } = Promise.withResolvers<void>();
    const ports = harness.cloud.ports.bind(harness.cloud);
    harness.cloud.ports = async (id) => {
      neutronIsAsked();
      await later;
      return ports(id);
    };
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    const sender = new AbortController();
    const closed = new Promise((resolve) => {
      server.server.once('connection', (socket) => socket.once('close', resolve));
    });
    const sent = fetch(`${url}/v1/attachments`, {
      method: 'POST',
      headers: { 'x-auth-token': 'hook', 'content-type': 'application/json' },
      body: JSON.stringify(good()),
      signal: sender.signal,
    });
    await asked;
    sender.abort();
    await expect(sent).rejects.toThrow();
    await closed;
    goOn();
    await vi.waitFor(() => expect(log.join('')).toContain('audit: create attachment'), { timeout: 15_000 });
    expect(life.attachments.list()).toEqual([]);
    expect(harness.cloud.connectors.size).toBe(0);
  });

  it('H25: every change leaves an audit line with who, what and how it ended', async () => {
    await create(good());
    await create({ ...good(), computeHost: 'compute-2' }, 'root');
    const audit = log.filter((line) => line.includes('audit:'));
    expect(audit[0]).toMatch(
      /audit: create attachment: done user=iorcl userId=u1 project=service .*computeHost=compute-1/,
    );
    expect(audit[1]).toMatch(/audit: create attachment: attachment_conflict user=admin .*computeHost=compute-2/);
  });
});

describe('a list of attachments', () => {
  it('comes page by page, each with the way to the next, and survives that its marker is deleted', async () => {
    const instance = harness.addInstance([harness.addNetwork('green', { segmentationId: 102 })]);
    const all = await Promise.all(
      [1, 2, 3, 4, 5].map(async () => {
        const { attachmentId } = harness.reserve(instance);
        await create({ attachmentId, computeHost: 'compute-1' });
        return attachmentId;
      }),
    );
    const ids: string[] = [];
    let url: string | undefined = `/v1/attachments?limit=2&computeHost=compute-1&instanceId=${instance}`;
    while (url !== undefined) {
      const page: { attachments: { id: string }[]; next?: string } = (await call({ url })).json();
      ids.push(...page.attachments.map(({ id }) => id));
      if (ids.length === 2) await call({ method: 'DELETE', url: `/v1/attachments/${ids[1]}` });
      url = page.next;
    }
    expect(ids).toEqual(all.sort());
  });

  it.each([
    ['instanceId', () => reservation.instanceId],
    ['volumeId', () => reservation.volumeId],
    ['computeHost', () => 'compute-1'],
    ['status', () => 'attached'],
    ['networkId', () => life.attachments.list()[0]?.network.networkId],
  ])('can be filtered by %s', async (name, value) => {
    await create(good());
    const found = async (filter: string) =>
      (await call({ url: `/v1/attachments?${name}=${filter}` })).json().attachments;
    expect(await found(value() ?? '')).toHaveLength(1);
    expect(await found(name === 'status' ? 'error' : 'other')).toEqual([]);
  });

  it.each([
    ['limit=0', /limit: /],
    ['limit=many', /limit: .*found "many"/],
    ['limit=1001', /limit: .*1000/],
    ['marker=7', /marker: Invalid UUID/],
    ['status=detached', /status: /],
    ['colour=blue', /"colour"/],
  ])('refuses %s', async (query, message) => {
    const answer = await call({ url: `/v1/attachments?${query}` });
    expect(answer.json()).toMatchObject({ error: { code: 'bad_request', message: expect.stringMatching(message) } });
  });
});

describe('changes of an attachment', () => {
  it.each([
    ['POST', 'repair', undefined, ['repair']],
    [
      'PUT',
      'qos',
      { limits: { iopsTotal: 100, burst: { iopsTotal: 200 } } },
      ['setQos', { iopsTotal: 100, burst: { iopsTotal: 200 } }],
    ],
    ['PUT', 'qos', { limits: null }, ['setQos', undefined]],
  ] as const)('%s …/%s %j', async (method, verb, payload, [operation, ...args]) => {
    await create(good());
    const answer = await call({ method, url: `${one()}/${verb}`, ...(payload === undefined ? {} : { payload }) });
    expect(answer.json()).toEqual({ attachment: life.attachments.show(reservation.attachmentId) });
    expect(api.asked).toEqual([[operation, reservation.attachmentId, ...args]]);
    const audit = log.filter((line) => line.includes('audit:')).at(-1);
    expect(audit).toMatch(new RegExp(`: done user=iorcl .*attachmentId=${reservation.attachmentId}`));
  });

  it.each([undefined, { sizeBytes: 2 ** 31 }])(
    'POST …/resize %j answers what clients see then, too',
    async (payload) => {
      await create(good());
      const url = `${one()}/resize`;
      const answer = await call({ method: 'POST', url, ...(payload === undefined ? {} : { payload }) });
      const attachment = life.attachments.show(reservation.attachmentId);
      expect(answer.json()).toEqual({ attachment, exportedBytes: 1024 });
      expect(api.asked).toEqual([['resize', reservation.attachmentId, payload?.sizeBytes]]);
    },
  );

  it.each([
    ['POST', 'resize', { sizeBytes: -1 }, /sizeBytes/],
    ['PUT', 'qos', {}, /limits/],
    ['PUT', 'qos', { limits: { iops: 5 } }, /"iops"/],
    ['PUT', 'qos', { limits: { iopsTotal: 1.5 } }, /limits\.iopsTotal: .*found 1\.5/],
  ] as const)('refuses %s …/%s %j', async (method, verb, payload, message) => {
    await create(good());
    const answer = await call({ method, url: `${one()}/${verb}`, payload });
    expect(answer.json()).toMatchObject({ error: { code: 'bad_request', message: expect.stringMatching(message) } });
    expect(api.asked).toEqual([]);
  });

  it('its grants are shown without their keys', async () => {
    await create(good());
    const answer = await call({ url: `${one()}/grants` });
    expect(answer.json()).toEqual({ grants: [{ client: 'compute-1', identity: expect.any(String) }] });
    expect(answer.body).not.toMatch(/[0-9a-f]{64}/);
  });
});

describe('H25: hosts', () => {
  const put = (payload: object, host = 'io-1') => call({ method: 'PUT', url: `/v1/hosts/${host}`, payload });

  it('a disabled host says why, takes no new attachments, and keeps those it has', async () => {
    await create(good());
    expect((await put({ status: 'disabled', reason: 'new disks' })).json()).toMatchObject({
      host: { status: 'disabled', disabledReason: 'new disks', attachments: 1 },
    });
    const second = harness.reserveOne();
    const refused = await create({ attachmentId: second.attachmentId, computeHost: 'compute-1' });
    expect([refused.statusCode, refused.json().error.code]).toEqual([503, 'host_disabled']);
    expect((await create(good())).statusCode).toBe(200);
    await put({ status: 'enabled' });
    expect((await call({ url: '/v1/hosts' })).json()).toMatchObject({
      hosts: [{ status: 'enabled', disabledReason: null }],
    });
    expect((await create({ attachmentId: second.attachmentId, computeHost: 'compute-1' })).statusCode).toBe(200);
  });

  it('draining answers at once what is left, until nothing is', async () => {
    await create(good());
    const drain = async () => (await call({ method: 'POST', url: '/v1/hosts/io-1/drain' })).json();
    for (const _ of [1, 2]) {
      expect(await drain()).toMatchObject({
        host: { status: 'disabled', disabledReason: 'drained' },
        remaining: [{ id: reservation.attachmentId }],
      });
    }
    await call({ method: 'DELETE', url: one() });
    expect(await drain()).toMatchObject({ host: { attachments: 0 }, remaining: [] });
  });

  it.each([
    [{ status: 'up' }, 'io-1', 'bad_request'],
    [{ status: 'enabled', reason: 'x' }, 'io-1', 'bad_request'],
    [{ status: 'disabled' }, 'io-2', 'not_found'],
  ])('refuses %j of %s: %s', async (payload, host, code) => {
    expect((await put(payload, host)).json()).toMatchObject({ error: { code } });
    expect(life.journal.host().status).toBe('enabled');
  });
});

describe('what this host exports into, and with what', () => {
  it('networks, with how much is in them', async () => {
    await create(good());
    const { network } = life.attachments.show(reservation.attachmentId);
    expect((await call({ url: '/v1/networks' })).json()).toEqual({
      networks: [{ ...network, attachments: 1, instances: 1 }],
    });
  });
  it('drivers', async () => {
    expect((await call({ url: '/v1/drivers' })).json()).toMatchObject({
      drivers: [{ name: 'fake', transport: 'nbd' }],
    });
  });
});

describe('the reconciler', () => {
  it('makes a pass when asked, and its last report is shown', async () => {
    expect((await call({ url: '/v1/findings' })).json()).toEqual({ report: null });
    const answer = await call({ method: 'POST', url: '/v1/reconcile', payload: { dryRun: true } });
    expect(answer.json()).toEqual({ report: { ...emptyReport, dryRun: true } });
    expect((await call({ url: '/v1/findings' })).json()).toEqual(answer.json());
    await call({ method: 'POST', url: '/v1/reconcile', payload: { force: true } });
    expect(api.asked).toEqual([
      ['reconcile', true, false],
      ['reconcile', false, true],
    ]);
  });
});

describe('bad input changes nothing and is answered with what is wrong', () => {
  it.each([
    ['no uuid', { attachmentId: 'x', computeHost: 'c' }, 400, 'bad_request', /attachmentId: Invalid UUID, found "x"/],
    [
      'no compute host',
      { attachmentId: '3f8e1f8e-6b1c-4b8e-9d5a-0c1d2e3f4a5b' },
      400,
      'bad_request',
      /computeHost: .*found nothing/,
    ],
    [
      'an unknown key',
      { attachmentId: '3f8e1f8e-6b1c-4b8e-9d5a-0c1d2e3f4a5b', computeHost: 'c', size: 1 },
      400,
      'bad_request',
      /"size"/,
    ],
    ['no JSON', '{"attachmentId": ', 400, 'bad_request', /JSON/],
    ['an empty body', '', 400, 'bad_request', /body|Body/],
    ['another type', '[]', 400, 'bad_request', /body: .*expected object/],
    ['a body over 64 KiB', { computeHost: 'x'.repeat(70_000) }, 413, 'body_too_large', /64 KiB/],
  ] as const)('%s', async (_, payload, status, code, message) => {
    const answer = await create(payload);
    expect(answer.json()).toEqual({
      error: { code, message: expect.stringMatching(message), requestId: expect.stringMatching(/^req-/) },
    });
    expect(answer.statusCode).toBe(status);
    expect(life.attachments.list()).toEqual([]);
  });

  it('another content type', async () => {
    const headers = { 'content-type': 'text/plain' };
    const answer = await call({ method: 'POST', url: '/v1/attachments', payload: 'x', headers });
    expect(answer.json()).toMatchObject({
      error: { code: 'bad_request', message: expect.stringContaining('application/json') },
    });
  });

  it.each(['/v2/attachments', '/v1/attachments/x/y', '/'])('no such path: %s', async (url) => {
    expect((await call({ url })).json()).toMatchObject({ error: { code: 'not_found' } });
  });

  it('an id that is no uuid, or that can’t be decoded', async () => {
    expect((await call({ url: '/v1/attachments/7' })).json()).toMatchObject({ error: { code: 'bad_request' } });
    const undecodable = await call({ url: '/v1/attachments/%E0%A4%A' });
    expect(undecodable.json()).toMatchObject({ error: { code: 'bad_request' } });
    expect(undecodable.headers['x-openstack-request-id']).toMatch(/^req-/);
  });
});

/** Sends this, and then a byte now and then, so that the connection is never idle. Answers what came before its end. */
async function drip(port: number, beginning: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  let received = '';
  socket.on('data', (data) => {
    received += String(data);
  });
  // A byte that comes after the end is refused.
  socket.on('error', () => {});
  socket.once('close', () => resolve());
  socket.write(beginning);
  const timer = setInterval(() => socket.write(' '), 50);
  await closed;
  clearInterval(timer);
  return received;
}

describe('a request that never arrives whole', () => {
  const beginning = ['POST /v1/attachments HTTP/1.1', 'host: x', 'x-auth-token: hook'];
  it.each([
    ['in its head', beginning.join('\r\n')],
    ['in its body', [...beginning, 'content-type: application/json', 'content-length: 50', '', '{'].join('\r\n')],
  ])('is answered 408 and cut off %s, while others are served', async (_, sent) => {
    const slow = new ApiServer(life, { requestLimits: { requestTimeout: 300, connectionsCheckingInterval: 50 } });
    await slow.server.listen({ host: '127.0.0.1', port: 0 });
    try {
      const { port } = slow.server.server.address() as AddressInfo;
      const [answer] = await Promise.all([drip(port, sent), fetch(`http://127.0.0.1:${port}/healthcheck`)]);
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(life.attachments.list()).toEqual([]);
    } finally {
      await slow.server.close();
    }
  });

  it('is not waited for longer than half a minute', () => {
    expect(server.server).toMatchObject({ requestTimeout: 30_000, connectionsCheckingInterval: 5_000 });
  });
});

describe('who may do what', () => {
  it.each([
    ['hook', 200, 200],
    ['root', 200, 200],
    ['auditor', 200, 403],
    ['tenant', 403, 403],
    ['stranger', 401, 401],
  ] as const)('%s looks: %i, changes: %i', async (token, looks, changes) => {
    expect((await call({ url: '/v1/attachments' }, token)).statusCode).toBe(looks);
    expect((await create(good(), token)).statusCode).toBe(changes);
    expect(life.attachments.list()).toHaveLength(changes === 200 ? 1 : 0);
  });

  it('without a token nobody, and the body isn’t read', async () => {
    const answer = await server.inject({ method: 'POST', url: '/v1/attachments', payload: 'x'.repeat(100_000) });
    expect(answer.json()).toMatchObject({ error: { code: 'unauthorized' } });
  });

  it('while Keystone can’t be asked, nobody: 503', async () => {
    api.keystone.validate = () => Promise.reject(new CloudError('unavailable', 'connection refused'));
    const answer = await call({ url: '/v1/attachments' });
    expect([answer.statusCode, answer.json().error.code]).toEqual([503, 'cloud_unavailable']);
  });
});

describe('request ids', () => {
  const id = 'req-557fb660-f758-424b-96d3-46442cb11ac0';
  it('come back as they were given, also in errors', async () => {
    const answer = await call({ url: one(), headers: { 'x-openstack-request-id': id } });
    expect(answer.headers['x-openstack-request-id']).toBe(id);
    expect(answer.json()).toMatchObject({ error: { requestId: id } });
  });
  it('are made where none, or none of their form, was given', async () => {
    const answer = await call({ url: '/v1/attachments', headers: { 'x-openstack-request-id': 'evil\tid' } });
    expect(answer.headers['x-openstack-request-id']).toMatch(/^req-[0-9a-f-]{36}$/);
  });
});

describe('a journal that can’t be written: 503 with the reason', () => {
  const full = (): never => {
    throw new JournalError('failed', 'The journal /x can’t be used: database or disk is full');
  };
  const unavailable = { code: 'journal_unavailable', message: expect.stringContaining('disk is full') };

  it('before anything has begun', async () => {
    const { journal } = life;
    const begin = journal.begin.bind(journal);
    journal.begin = full;
    const answer = await create(good());
    expect([answer.statusCode, answer.json()]).toMatchObject([503, { error: unavailable }]);
    expect(harness.leftovers()).toEqual([]);
    journal.begin = begin;
    expect((await create(good())).statusCode).toBe(200);
  });

  it('in the middle: once there is room, the same request finishes what had begun', async () => {
    const { journal } = life;
    const [setStep, setStatus] = [journal.setStep.bind(journal), journal.setStatus.bind(journal)];
    journal.setStep = (id, step, state, facts) => (step === 'export' ? full() : setStep(id, step, state, facts));
    journal.setStatus = full;
    expect((await create(good())).json()).toMatchObject({ error: unavailable });
    expect((await call({ method: 'DELETE', url: one() })).json()).toMatchObject({ error: unavailable });
    journal.setStep = setStep;
    journal.setStatus = setStatus;
    expect((await create(good())).json()).toMatchObject({ attachment: { status: 'attached' } });
    expect((await call({ method: 'DELETE', url: one() })).statusCode).toBe(204);
    expect(harness.leftovers()).toEqual([]);
  });
});

describe('H25: health', () => {
  it('is 200 OK for anybody, or 503 with each reason', async () => {
    expect((await server.inject({ url: '/healthcheck' })).body).toBe('OK\n');
    health.report('adoption', 'attachments are being verified');
    const ill = await server.inject({ url: '/healthcheck' });
    expect([ill.statusCode, ill.body]).toEqual([503, 'adoption: attachments are being verified\n']);
  });
  it('asks its probes each time', async () => {
    api.journalFault = new Error('disk full');
    expect((await server.inject({ url: '/healthcheck' })).body).toBe('journal: disk full\n');
  });
});

describe('the table of routes', () => {
  it('is what the server answers, no more and no less', async () => {
    const answered = new Set<string>();
    const fresh = new ApiServer(life, {});
    await fresh.server.ready();
    for (const route of Object.values<Route>({ ...apiRoutes })) {
      const url = routerPath(route);
      expect(fresh.server.hasRoute({ method: route.method, url })).toBe(true);
      answered.add(`${route.method} ${url}`);
    }
    const printed = fresh.server.printRoutes({ commonPrefix: false });
    const methods = [...printed.matchAll(/\(([A-Z, ]+)\)/g)].flatMap(([, names = '']) => names.split(', '));
    // HEAD of /healthcheck is for load balancers.
    expect(methods.filter((method) => method !== 'HEAD')).toHaveLength(answered.size);
    await fresh.server.close();
  });

  it('is published as an OpenAPI 3.1 document that a validator of others accepts', async () => {
    const answer = await server.inject({ url: '/openapi.json' });
    const validator = new Validator();
    const { valid, errors } = await validator.validate(answer.json());
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    expect(validator.version).toBe('3.1');
  });
});

describe('limits', () => {
  it('so many requests from one address, then 429 and when to come again; before Keystone is asked', async () => {
    api.limits.rate = { perSecond: 0.5, burst: 2 };
    let asked = 0;
    api.keystone.validate = async () => {
      asked += 1;
      return undefined;
    };
    const statuses: number[] = [];
    for (const _ of [1, 2, 3]) statuses.push((await call({ url: '/v1/hosts' })).statusCode);
    expect(statuses).toEqual([401, 401, 429]);
    expect(asked).toBe(2);
    const refused = await call({ url: '/v1/hosts' });
    expect(refused.json()).toMatchObject({ error: { code: 'rate_limited' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    const other = await server.inject({ url: '/v1/hosts', remoteAddress: '192.0.2.7' });
    expect(other.statusCode).toBe(401);
  });
});

describe('metrics', () => {
  it('are for allowed addresses, or for whoever may look', async () => {
    expect((await server.inject({ url: '/metrics' })).statusCode).toBe(401);
    expect((await call({ url: '/metrics' }, 'tenant')).statusCode).toBe(403);
    const answer = await call({ url: '/metrics' }, 'auditor');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    const open = new ApiServer(life, { metricsAllowed: () => true });
    expect((await open.server.inject({ url: '/metrics' })).body).toContain('iorcl_info{version="0.0.1"} 1');
    await open.server.close();
  });

  it('count requests by their route, not by their id', async () => {
    await call({ url: one() });
    const text = await api.metrics.text();
    expect(text).toContain(
      'iorcl_http_request_duration_seconds_count{method="GET",route="/v1/attachments/:id",status="404"} 1',
    );
    expect(text).not.toContain(reservation.attachmentId);
  });
});
