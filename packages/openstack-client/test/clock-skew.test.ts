import { afterEach, describe, expect, it, vi } from 'vitest';
import { NotFoundError, OpenStackClient, tokenAuth } from '../src/index.ts';
import type { FakeCloud } from '../src/testing/index.ts';
import { clientOf, temporaryCloud } from './temporary-cloud.ts';

const HOUR_MS = 3_600_000;
const LIFE_MS = 1_800_000;

const asked = (cloud: FakeCloud): number => cloud.requests('identity').length;

/** A cloud whose tokens live for half an hour, and this machine's clock off from the cloud's. */
async function skewedCloud(skewMs: number): Promise<{ cloud: FakeCloud; pass(ms: number): void }> {
  const cloud = await temporaryCloud({ tokenLifetimeMs: LIFE_MS });
  cloud.clock.stop();
  const pass = (ms: number): void => {
    cloud.clock.advance(ms);
    vi.setSystemTime(cloud.clock.now() + skewMs);
  };
  vi.useFakeTimers({ toFake: ['Date'] });
  pass(0);
  return { cloud, pass };
}

afterEach(() => {
  vi.useRealTimers();
});

describe.each([
  ['an hour ahead', HOUR_MS],
  ['an hour behind', -HOUR_MS],
])("a client whose clock is %s of the cloud's", (_, skewMs) => {
  it('authenticates once for many calls, and again before its token ends', async () => {
    const { cloud, pass } = await skewedCloud(skewMs);
    const client = clientOf(cloud.credentials.admin);
    for (let call = 0; call < 10; call++) await client.compute.flavors.list();
    expect(asked(cloud)).toBe(1);
    pass(LIFE_MS - 100_000);
    for (let call = 0; call < 10; call++) await client.compute.flavors.list();
    expect(asked(cloud)).toBe(2);
    expect(cloud.requests('compute').every(({ status }) => status === 200)).toBe(true);
  });

  it('uses a token that it was given until its end, and then says so without sending it', async () => {
    const { cloud, pass } = await skewedCloud(skewMs);
    const { authUrl } = cloud;
    const token = await clientOf(cloud.credentials.admin).token();
    pass(LIFE_MS / 2);
    cloud.forgetRequests();
    const client = new OpenStackClient({ auth: tokenAuth({ authUrl, token }) });
    for (let call = 0; call < 10; call++) await client.compute.flavors.list();
    expect(asked(cloud)).toBe(1);
    pass(LIFE_MS / 2 + 2_000);
    cloud.forgetRequests();
    await expect(client.compute.flavors.list()).rejects.toMatchObject({ code: 'token_expired', service: 'identity' });
    expect(cloud.requests()).toEqual([]);
    client.close();
  });

  it('tells whose token it received, asking once, and takes none that is over', async () => {
    const { cloud, pass } = await skewedCloud(skewMs);
    const service = clientOf(cloud.credentials.service);
    const token = await clientOf(cloud.credentials.demo()).token();
    const validator = service.identity.tokens.validator({ maxAgeMs: 10 * HOUR_MS });
    await service.token();
    pass(LIFE_MS / 2);
    cloud.forgetRequests();
    for (let call = 0; call < 10; call++) expect((await validator.validate(token)).userName).toBe('demo-user');
    expect(asked(cloud)).toBe(1);
    pass(LIFE_MS / 2 + 2_000);
    await expect(validator.validate(token)).rejects.toThrow(NotFoundError);
    expect(asked(cloud)).toBe(1);
  });
});
