import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiClient, type ApiEvent } from '@iorcl/api';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiServer } from '../../../test/api-server.ts';
import { Harness, type Reservation } from '../../../test/harness.ts';
import { EventObserver } from '../../events/event-observer.ts';

let harness: Harness;
let api: ApiServer;
let client: ApiClient;
let reservation: Reservation;

beforeEach(async () => {
  harness = new Harness();
  reservation = harness.reserveOne();
  api = new ApiServer(harness.start(), { heartbeatMs: 20 });
  const url = await api.server.listen({ host: '127.0.0.1', port: 0 });
  client = new ApiClient({ endpoint: url, token: async () => 'hook' });
});
afterEach(async () => {
  await api.server.close();
  harness.end();
});

/** The first so many events, with what `act` makes happen once the stream is open. */
async function follow(count: number, act?: () => Promise<unknown>, lastEventId?: string): Promise<ApiEvent[]> {
  const seen: ApiEvent[] = [];
  const stop = new AbortController();
  const acting = act && vi.waitFor(() => expect(api.events.followers).toBe(1), 15_000).then(act);
  for await (const event of client.events({
    signal: stop.signal,
    reconnectMs: 1,
    ...(lastEventId === undefined ? {} : { lastEventId }),
  })) {
    seen.push(event);
    if (seen.length === count) stop.abort();
  }
  await acting;
  return seen;
}

describe('B12: events', () => {
  it('tell what happens to attachments and hosts, as it happens', async () => {
    const observer = new EventObserver(api.events);
    const { journal } = api.life;
    const seen = await follow(3, async () => {
      await client.createAttachment({ attachmentId: reservation.attachmentId, computeHost: 'compute-1' });
      const record = journal.attachment(reservation.attachmentId);
      if (record === undefined) throw new Error('not attached');
      observer.attachmentChanged('attached', record);
      await client.updateHost('io-1', { status: 'disabled', reason: 'disks' });
      // What changes nothing is no event.
      await client.updateHost('io-1', { status: 'disabled', reason: 'disks' });
      await client.updateHost('io-1', { status: 'enabled' });
    });
    expect(seen).toMatchObject([
      { id: 'e-1', type: 'attachment.attached', attachment: { id: reservation.attachmentId, status: 'attached' } },
      { id: 'e-2', type: 'host.disabled', host: { disabledReason: 'disks' } },
      { id: 'e-3', type: 'host.enabled' },
    ]);
    expect(JSON.stringify(seen)).not.toMatch(/[0-9a-f]{64}/);
  });

  it('come again from where the last connection ended', async () => {
    for (const status of ['disabled', 'enabled', 'disabled'] as const) await client.updateHost('io-1', { status });
    expect((await follow(2, undefined, 'e-1')).map(({ id }) => id)).toEqual(['e-2', 'e-3']);
  });

  it('say “resync” where some are lost, and go on with what happens then', async () => {
    await client.updateHost('io-1', { status: 'disabled' });
    const seen = await follow(2, () => client.updateHost('io-1', { status: 'enabled' }), 'of-another-run-1');
    expect(seen).toMatchObject([
      { type: 'resync', id: 'e-1' },
      { type: 'host.enabled', id: 'e-2' },
    ]);
  });

  it('end with the server, which does not wait for who follows them', async () => {
    const stop = new AbortController();
    const following = client.events({ signal: stop.signal, reconnectMs: 1 }).next();
    await vi.waitFor(() => expect(api.events.followers).toBe(1), 15_000);
    const closed = api.server.close();
    // What still happens while it stops is for nobody.
    await new Promise((resolve) => setImmediate(resolve));
    api.events.append({ type: 'resync' });
    await closed;
    expect(api.events.followers).toBe(0);
    stop.abort();
    expect(await following).toMatchObject({ done: true });
  });

  it('a connection on which nothing happens shows that it lives, and where to go on', async () => {
    const { port } = api.server.server.address() as AddressInfo;
    const text = await new Promise<string>((resolve) => {
      const request = http.get({ port, path: '/v1/events', headers: { 'x-auth-token': 'auditor' } }, (response) => {
        let heard = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          heard += chunk;
          if (heard.split(': still here').length < 3) return;
          request.destroy();
          resolve(heard);
        });
      });
    });
    expect(text).toMatch(/^id: e-0\n\n: still here\n\n/);
  });

  it('are for those who may look', async () => {
    const tenant = new ApiClient({
      endpoint: `http://127.0.0.1:${(api.server.server.address() as AddressInfo).port}`,
      token: async () => 'tenant',
    });
    await expect(tenant.events().next()).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('whoever does not read them is cut off, and holds nobody up', async () => {
    const { port } = api.server.server.address() as AddressInfo;
    const request = http.get({ port, path: '/v1/events', headers: { 'x-auth-token': 'auditor' } });
    request.on('error', () => {});
    await vi.waitFor(() => expect(api.events.followers).toBe(1), 15_000);
    // The kernel's own buffers take some megabytes first.
    const findings = Array.from({ length: 2_000 }, (_, index) => ({
      ...{ kind: 'k', id: `${index}`, message: 'x'.repeat(500), since: '' },
      repair: { automatic: false, description: '', command: '' },
    }));
    await vi.waitFor(
      () => {
        api.events.append({ type: 'findings.changed', findings });
        expect(api.events.followers).toBe(0);
      },
      { timeout: 15_000, interval: 5 },
    );
    request.destroy();
  });
});
