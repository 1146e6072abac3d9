import { describe, expect, it } from 'vitest';
import { scriptedCloud } from '../../test/scripted-cloud.ts';
import { ConnectionError, TimeoutError } from '../error/exchange-error.ts';
import { BadRequestError, ServiceUnavailableError } from '../error/http-error.ts';
import type { CallEvent } from './call-event.ts';
import { RetryPolicy, retryAfterMs } from './retry.ts';

describe('RetryPolicy', () => {
  const lost = { kind: 'failure', error: new ConnectionError('lost', {}) } as const;
  it('doubles the pause, up to its limit, and half of it is random', () => {
    const pauses = (random: number): (number | undefined)[] => {
      const policy = new RetryPolicy({ attempts: 5, pauseMs: 100, maxPauseMs: 300 }, () => random);
      return [1, 2, 3, 4, 5].map((attempt) => policy.pauseAfter(attempt, lost));
    };
    expect(pauses(0)).toEqual([50, 100, 150, 150, undefined]);
    expect(pauses(1)).toEqual([100, 200, 300, 300, undefined]);
  });

  it('obeys Retry-After, but gives up when that is too far away', () => {
    const policy = new RetryPolicy({ maxPauseMs: 5_000 });
    const after = (retryAfter: string): number | undefined =>
      policy.pauseAfter(1, { kind: 'answer', status: 429, retryAfter }, Date.UTC(2026, 0, 1));
    expect(after('3')).toBe(3_000);
    expect(after('Thu, 01 Jan 2026 00:00:04 GMT')).toBe(4_000);
    expect(after('60')).toBeUndefined();
  });

  it("reads a date in Retry-After by the service's clock, which may be hours from ours", () => {
    const headers = { retryAfter: 'Thu, 01 Jan 2026 00:00:04 GMT', date: 'Thu, 01 Jan 2026 00:00:01 GMT' };
    const pause = new RetryPolicy().pauseAfter(1, { kind: 'answer', status: 503, ...headers }, Date.UTC(2026, 0, 2));
    expect(pause).toBe(3_000);
  });

  it.each([200, 201, 400, 401, 404, 409, 500])('takes %i as final', (status) => {
    expect(new RetryPolicy().pauseAfter(1, { kind: 'answer', status, retryAfter: undefined })).toBeUndefined();
  });

  it('takes a deadline that passed as final', () => {
    const outcome = { kind: 'failure', error: new TimeoutError('late', {}) } as const;
    expect(new RetryPolicy().pauseAfter(1, outcome)).toBeUndefined();
  });

  it.each([
    [{ attempts: 0 }, 'retry.attempts is 0; expected a whole number from 1 on'],
    [{ pauseMs: -1 }, 'retry.pauseMs is -1; expected milliseconds from 0 on'],
    [{ maxPauseMs: Number.NaN }, 'retry.maxPauseMs is NaN'],
  ])('refuses %j', (options, message) => {
    expect(() => new RetryPolicy(options)).toThrow(message);
  });

  it.each([
    ['5', 5_000],
    ['soon', undefined],
    ['-1', undefined],
    [undefined, undefined],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ])('reads Retry-After: %s', (header, ms) => {
    expect(retryAfterMs(header, 1_000_000)).toBe(ms);
  });
});

describe('a service that is away for a moment', () => {
  const busy = { status: 503, headers: { 'retry-after': '0' } };
  it('is asked again when nothing happens twice by that', async () => {
    const cloud = await scriptedCloud((_, index) => (index < 2 ? busy : { body: { servers: [] } }));
    expect(await cloud.client().compute.servers.list()).toEqual([]);
    expect(cloud.requests).toHaveLength(3);
  });

  it('is not asked again to create something, nor to connect a volume', async () => {
    const cloud = await scriptedCloud(() => busy);
    const client = cloud.client();
    await expect(client.blockStorage.volumes.create({ sizeGiB: 1 })).rejects.toThrow(ServiceUnavailableError);
    await expect(client.blockStorage.attachments.update('a', { host: 'h' })).rejects.toThrow(ServiceUnavailableError);
    expect(cloud.requests.map(({ method }) => method)).toEqual(['POST', 'PUT']);
  });

  it('is asked as often as the options say', async () => {
    const cloud = await scriptedCloud(() => busy);
    const once = cloud.client({ retry: { attempts: 1 } });
    await expect(once.compute.servers.delete('s')).rejects.toThrow(ServiceUnavailableError);
    expect(cloud.requests).toHaveLength(1);
  });

  it('is not waited for longer than the deadline', async () => {
    const cloud = await scriptedCloud(() => ({ status: 503, headers: { 'retry-after': '9' } }));
    const call = cloud.client().compute.servers.get('s', { timeoutMs: 2_000 });
    await expect(call).rejects.toThrow(ServiceUnavailableError);
    expect(cloud.requests).toHaveLength(1);
  });

  it('is left alone when the caller gives up in the pause', async () => {
    const cloud = await scriptedCloud(() => ({ status: 503, headers: { 'retry-after': '5' } }));
    const controller = new AbortController();
    const observe = ({ kind }: CallEvent): void => {
      if (kind === 'retry') controller.abort();
    };
    const call = cloud.client({ observe }).compute.servers.get('s', { signal: controller.signal });
    await expect(call).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('an observer', () => {
  it('sees every attempt with its request ids, and nothing secret', async () => {
    const events: CallEvent[] = [];
    const headers = { 'x-openstack-request-id': 'req-of-nova' };
    const cloud = await scriptedCloud((_, index) =>
      index === 0 ? { status: 502, headers } : { status: 400, headers, body: { badRequest: { message: 'no' } } },
    );
    const client = cloud.client({ observe: (event) => void events.push(event) });
    const call = client.compute.servers.list({ name: 'secret-query' }, { requestId: 'req-1' });
    await expect(call).rejects.toThrow(BadRequestError);
    const compute = events.filter(({ service }) => service === 'compute');
    expect(compute.map(({ kind, attempt }) => `${kind} ${attempt}`)).toEqual([
      ...['request 1', 'answer 1', 'retry 1', 'request 2', 'answer 2'],
    ]);
    expect(compute.at(-1)).toMatchObject({
      ...{ method: 'GET', status: 400, requestId: 'req-of-nova', globalRequestId: 'req-1' },
      url: `${cloud.origin}/compute/v2.1/servers/detail`,
      durationMs: expect.any(Number),
    });
    expect(JSON.stringify(events)).not.toMatch(/secret-query|a-password|token-1/);
  });

  it('sees failures, and breaks nothing when it throws', async () => {
    const seen: string[] = [];
    const cloud = await scriptedCloud(() => ({ body: { servers: [] } }));
    const observe = (event: CallEvent): void => {
      seen.push(event.kind);
      throw new Error('a bad observer');
    };
    expect(await cloud.client({ observe }).compute.servers.list()).toEqual([]);
    const nowhere = cloud.client({ observe, endpointOverrides: { compute: 'http://127.0.0.1:1' } });
    await expect(nowhere.compute.servers.list()).rejects.toThrow(ConnectionError);
    expect(seen.filter((kind) => kind === 'failure')).toHaveLength(3);
  });
});
