import { createAttachmentResponseSchema } from '@iorcl/api';
import { createLogger } from '@iorcl/service';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Harness, type Life, type Reservation } from '../../test/harness.ts';
import { type Caller, CloudError } from '../cloud/contract.ts';
import { Authentication } from './authentication.ts';
import { Health } from './health.ts';
import { createServer } from './server.ts';

const callers: Readonly<Record<string, Caller>> = {
  hook: { userId: 'u1', userName: 'iorcl', projectName: 'service', systemScoped: false, roles: ['service'] },
  root: {
    userId: 'u2',
    userName: 'admin',
    projectName: 'admin',
    systemScoped: false,
    roles: ['admin', 'member', 'reader'],
  },
  auditor: { userId: 'u3', userName: 'auditor', projectName: undefined, systemScoped: true, roles: ['reader'] },
  // Keystone gives every member the role reader, too.
  tenant: { userId: 'u4', userName: 'bob', projectName: 'demo', systemScoped: false, roles: ['member', 'reader'] },
};

let harness: Harness;
let life: Life;
let reservation: Reservation;
let server: FastifyInstance;
let health: Health;
let keystone: { validate(token: string): Promise<Caller | undefined> };
let log: string[];
let journalFault: Error | undefined;

beforeEach(() => {
  harness = new Harness();
  life = harness.start();
  reservation = harness.reserveOne();
  journalFault = undefined;
  health = new Health({
    journal: () => {
      if (journalFault !== undefined) throw journalFault;
    },
  });
  log = [];
  keystone = { validate: async (token) => callers[token] };
  server = createServer({
    attachments: life.attachments,
    authentication: new Authentication({ identity: { validate: (token) => keystone.validate(token) } }),
    health,
    logger: createLogger({ name: 'iorcld', write: (line) => log.push(line) }),
    hosts: () => [
      {
        ...{ binary: 'iorcld', host: 'io-1', zone: 'nova', status: 'enabled', state: 'up' },
        ...{ attachments: life.attachments.list().length, updatedAt: new Date(0).toISOString() },
      },
    ],
  });
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
    const { secretHex } = createAttachmentResponseSchema.parse(created.json()).access.tls;
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

it('a request that never arrives whole is not waited for longer than half a minute', () => {
  expect(server.server).toMatchObject({ requestTimeout: 30_000 });
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
    keystone.validate = () => Promise.reject(new CloudError('unavailable', 'connection refused'));
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

describe('H25: health', () => {
  it('is 200 OK for anybody, or 503 with each reason', async () => {
    expect((await server.inject({ url: '/healthcheck' })).body).toBe('OK\n');
    health.report('adoption', 'attachments are being verified');
    const ill = await server.inject({ url: '/healthcheck' });
    expect([ill.statusCode, ill.body]).toEqual([503, 'adoption: attachments are being verified\n']);
  });
  it('asks its probes each time', async () => {
    journalFault = new Error('disk full');
    expect((await server.inject({ url: '/healthcheck' })).body).toBe('journal: disk full\n');
  });
});
