import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { HttpError, OpenStackClient, type OpenStackClientOptions, passwordAuth } from '../../index.ts';
import { FakeCloud } from '../fake-cloud.ts';

async function stage(
  options: Partial<OpenStackClientOptions> = {},
): Promise<{ cloud: FakeCloud; client: OpenStackClient }> {
  const directory = await mkdtemp(join(tmpdir(), 'fault-injection-'));
  const cloud = await FakeCloud.start({ volumesDirectory: directory });
  const client = new OpenStackClient({ auth: passwordAuth(cloud.credentials.demo()), ...options });
  onTestFinished(async () => {
    client.close();
    await cloud.stop();
    await rm(directory, { recursive: true, force: true });
  });
  return { cloud, client };
}

/** Nothing is repeated, so that a test sees every failure. */
const ONCE = { retry: { attempts: 1 } } as const;

it('a fault hits what fits it, as often as was said, and nothing else', async () => {
  const { cloud, client } = await stage(ONCE);
  const fault = cloud.inject({
    service: 'block-storage',
    method: 'GET',
    path: /\/volumes\/detail$/,
    after: 1,
    times: 2,
    effect: { kind: 'answer', status: 503, body: { error: 'full' }, headers: { 'x-reason': 'test' } },
  });
  const list = (): Promise<unknown> =>
    client.blockStorage.volumes.list().then(
      () => 'ok',
      (error: unknown) => (error instanceof HttpError ? error.status : String(error)),
    );
  expect([await list(), await list(), await list(), await list()]).toEqual(['ok', 503, 503, 'ok']);
  expect(fault.hits).toBe(2);
  expect(await client.compute.servers.list()).toEqual([]);
});

it('a fault can be for one action and one user', async () => {
  const { cloud, client } = await stage(ONCE);
  const volume = cloud.addVolume({ sizeGiB: 1 });
  cloud.inject({
    action: 'os-extend',
    user: 'demo-user',
    effect: { kind: 'answer', status: 500, body: '<h1>no</h1>' },
  });
  await expect(client.blockStorage.volumes.extend(volume.id, 2)).rejects.toMatchObject({ status: 500 });
  expect((await client.blockStorage.volumes.get(volume.id)).sizeGiB).toBe(1);
  const admin = new OpenStackClient({ auth: passwordAuth(cloud.credentials.admin) });
  onTestFinished(() => admin.close());
  await admin.blockStorage.volumes.extend(volume.id, 2);
  expect(cloud.volume(volume.id)?.sizeGiB).toBe(2);
});

it('a dropped connection: before the request is handled nothing happens, after it everything has happened', async () => {
  const { cloud, client } = await stage(ONCE);
  await client.token();
  for (const [when, made] of [
    ['before', 0],
    ['after', 1],
    ['half-way', 1],
  ] as const) {
    const fault = cloud.inject({ method: 'POST', service: 'block-storage', effect: { kind: 'drop', when } });
    await expect(client.blockStorage.volumes.create({ name: when, sizeGiB: 1 })).rejects.toMatchObject({
      code: 'connection_failed',
    });
    fault.remove();
    expect(await client.blockStorage.volumes.list({ name: when }), when).toHaveLength(made);
  }
});

it('latency delays an answer', async () => {
  const { cloud, client } = await stage(ONCE);
  await client.token();
  const fault = cloud.inject({ service: 'block-storage', latencyMs: 60_000 });
  await expect(client.blockStorage.volumes.list({}, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'timeout' });
  expect(fault.hits).toBe(1);
  cloud.clearFaults();
  cloud.inject({ service: 'block-storage', latencyMs: 50, times: 1 });
  const began = performance.now();
  expect(await client.blockStorage.volumes.list()).toEqual([]);
  expect(performance.now() - began).toBeGreaterThan(45);
});

it('a token expires in the middle of the work, and the client gets another one', async () => {
  const { cloud, client } = await stage();
  const before = await client.token();
  cloud.inject({ service: 'compute', times: 1, effect: { kind: 'expire-token' } });
  expect(await client.compute.servers.list()).toEqual([]);
  expect(await client.token()).not.toBe(before);
  const statuses = cloud.requests('compute').map(({ status }) => status);
  expect(statuses).toEqual([401, 200]);
});

it("the cloud's time can be moved: tokens end, and what is made is dated by it", async () => {
  const { cloud, client } = await stage();
  const before = await client.token();
  cloud.clock.stop();
  const now = cloud.clock.now();
  cloud.clock.advance(2 * 3_600_000);
  expect(cloud.clock.now()).toBe(now + 2 * 3_600_000);
  const volume = await client.blockStorage.volumes.create({ sizeGiB: 1 });
  expect(await client.token()).not.toBe(before);
  expect(volume.createdAt?.getTime()).toBe(Math.floor(cloud.clock.now() / 1000) * 1000);
  cloud.clock.run();
  expect(cloud.clock.now() - now).toBeGreaterThanOrEqual(2 * 3_600_000);
});
