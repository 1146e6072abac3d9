import { expect, it, onTestFinished, vi } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';
import { scriptedCloud } from '../../../test/scripted-cloud.ts';
import { NotFoundError, ServiceUnavailableError } from '../../error/http-error.ts';

const catalog = [
  { type: 'compute', name: 'nova', endpoints: [{ interface: 'public', region: 'one', url: 'http://x' }] },
];

const token = (expiresAt: number): object => ({
  token: {
    user: { id: 'u', name: 'ann' },
    issued_at: new Date(0).toISOString(),
    expires_at: new Date(expiresAt).toISOString(),
  },
});

const CALLS: Readonly<Record<string, RecordedCall>> = {
  catalog: {
    call: ({ identity }) => identity.catalog(),
    request: 'GET identity/auth/catalog',
    answer: { catalog },
    gives: catalog,
  },
  'token revoke': { call: ({ identity }) => identity.tokens.revoke('x'), request: 'DELETE identity/auth/tokens' },
};

it.each(Object.entries(CALLS))('%s is the call of the Identity API', (_, call) => expectCall(call));

it('a validator asks once per token and time, however many ask it', async () => {
  const cloud = await scriptedCloud(() => ({ body: token(Date.now() + 60_000) }));
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const validator = cloud.client().identity.tokens.validator({ maxAgeMs: 1_000 });
  const all = await Promise.all(Array.from({ length: 20 }, () => validator.validate('t')));
  expect(all[0]?.userName).toBe('ann');
  expect(cloud.requests).toHaveLength(1);
  vi.setSystemTime(Date.now() + 1_001);
  await validator.validate('t');
  expect(cloud.requests).toHaveLength(2);
  validator.clear();
  await validator.validate('t');
  expect(cloud.requests).toHaveLength(3);
  const patient = cloud.client().identity.tokens.validator({ maxAgeMs: 200_000 });
  await patient.validate('t');
  vi.setSystemTime(Date.now() + 100_000);
  await expect(patient.validate('t')).rejects.toThrow(NotFoundError);
  expect(cloud.requests).toHaveLength(4);
});

it('a validator keeps refusals, forgets failures, and never grows beyond its size', async () => {
  const cloud = await scriptedCloud((_, index) => {
    if (index === 0) return { status: 404, body: { error: { message: 'no' } } };
    return index === 1 ? { status: 500 } : { body: token(Date.now() + 60_000) };
  });
  const validator = cloud.client().identity.tokens.validator({ maxEntries: 2 });
  await expect(validator.validate('bad')).rejects.toThrow(NotFoundError);
  await expect(validator.validate('bad')).rejects.toThrow(NotFoundError);
  expect(cloud.requests).toHaveLength(1);
  await expect(validator.validate('good')).rejects.toMatchObject({ status: 500 });
  for (const each of ['good', 'better', 'best', 'good']) await validator.validate(each);
  expect(cloud.requests).toHaveLength(6);
});

it('a caller of a validator waits no longer than it wants to', async () => {
  const answered = Promise.withResolvers<void>();
  const cloud = await scriptedCloud(async () => {
    await answered.promise;
    return { body: token(Date.now() + 60_000) };
  });
  const validator = cloud.client().identity.tokens.validator();
  await expect(validator.validate('x', { timeoutMs: 20 })).rejects.toMatchObject({ code: 'timeout' });
  answered.resolve();
  expect((await validator.validate('x')).userId).toBe('u');
});

it('one caller of a validator who leaves takes nothing from the others', async () => {
  const cloud = await scriptedCloud(() => ({ body: token(Date.now() + 60_000) }));
  const validator = cloud.client().identity.tokens.validator();
  const controller = new AbortController();
  const leaver = validator.validate('t', { signal: controller.signal });
  const stayer = validator.validate('t');
  controller.abort();
  await expect(leaver).rejects.toMatchObject({ code: 'aborted' });
  expect((await stayer).userId).toBe('u');
});

it('a Keystone that is away is no refusal', async () => {
  const cloud = await scriptedCloud(() => ({ status: 503 }));
  const validator = cloud.client({ retry: { attempts: 1 } }).identity.tokens.validator();
  await expect(validator.validate('t')).rejects.toThrow(ServiceUnavailableError);
});
