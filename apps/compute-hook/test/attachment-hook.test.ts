import { ApiClientError } from '@iorcl/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { HookBench, type Reserved } from './hook-bench.ts';
import { until } from './wire.ts';

const IO = { 'io:enabled': '1' };
const unreachable = () => new ApiClientError('unreachable', 'iorcld at http://io-1:8790: connect ECONNREFUSED');
const hex = expect.stringMatching(/^[0-9a-f-]{36}$/);

let bench: HookBench;
beforeEach(async () => {
  bench = await HookBench.start();
});
afterEach(() => bench[Symbol.asyncDispose]());

/** The answer must be a fault in Cinder's shape, and nothing may have changed anywhere. */
async function expectRefused(
  reserved: Reserved,
  status: number,
  fault: string,
  why: string,
  act: () => ReturnType<HookBench['call']> = () => bench.connect(reserved.attachmentId),
): Promise<void> {
  const before = bench.cinderState();
  bench.cloud.forgetRequests();
  const answer = await act();
  expect({ status: answer.status, json: answer.json }).toEqual({
    status,
    json: { [fault]: { code: status, message: expect.stringContaining(why) } },
  });
  expect(answer.headers['openstack-api-version']).toBe('volume 3.44');
  expect(answer.headers['x-openstack-request-id']).toMatch(/^req-/);
  expect(bench.cinderState()).toBe(before);
  expect(bench.changesAsked()).toEqual([]);
  expect(bench.importer.imported.size).toBe(0);
  expect(bench.ioHost.attached.size).toBe(0);
  expect(bench.records()).toEqual([]);
}

const withConnectionInfo = z.object({ attachment: z.object({ connection_info: z.record(z.string(), z.unknown()) }) });
function connectionInfoOf(json: unknown): Readonly<Record<string, unknown>> {
  return withConnectionInfo.parse(json).attachment.connection_info;
}

describe('PUT attachments with a connector', () => {
  it('B1 B4: of an io instance attaches through the I/O host, and answers what Nova needs to use the import', async () => {
    const { attachmentId, serverId, volumeId } = await bench.reserved(IO);
    const answer = await bench.connect(attachmentId);
    expect(answer.status).toBe(200);
    // Shape and order as recorded with a stock Nova that attached a gpfs file.
    expect(answer.json).toEqual({
      attachment: {
        id: attachmentId,
        status: 'reserved',
        instance: serverId,
        volume_id: volumeId,
        attached_at: '',
        detached_at: '',
        attach_mode: 'null',
        connection_info: {
          device_path: `/imports/${attachmentId}/disk`,
          driver_volume_type: 'gpfs',
          volume_id: volumeId,
          attachment_id: attachmentId,
          access_mode: 'rw',
          qos_specs: null,
          encrypted: false,
          cacheable: false,
          imported_by: 'iorcl',
        },
      },
    });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'openstack-api-version': 'volume 3.44',
      vary: 'OpenStack-API-Version',
    });
    expect(bench.events.log).toEqual(['io host attaches', 'plug', 'import']);
    expect(bench.records()).toEqual([`${attachmentId}.json`]);
    // H20: Cinder names the I/O host.
    expect(bench.cloud.attachments()[0]).toMatchObject({ id: attachmentId, host: 'io-1', mountpoint: '/dev/vdb' });
  });

  it("of a plain instance is Cinder's: the same answer, and the I/O host is not asked", async () => {
    const { attachmentId } = await bench.reserved({ 'hw:cpu_policy': 'dedicated' });
    const answer = await bench.connect(attachmentId);
    expect(answer.status).toBe(200);
    const direct = await bench.call(
      'GET',
      `/attachments/${attachmentId}`,
      undefined,
      Number(new URL(bench.cloud.endpoints.blockStorage).port),
    );
    expect(connectionInfoOf(answer.json)).toEqual(connectionInfoOf(direct.json));
    expect(bench.cloud.attachments()[0]).toMatchObject({ host: 'compute-1' });
    expect(bench.events.log).toEqual([]);
    expect(bench.records()).toEqual([]);
  });

  it('H1: io:enabled=0 does not enable', async () => {
    const { attachmentId } = await bench.reserved({ 'io:enabled': '0' });
    expect((await bench.connect(attachmentId)).status).toBe(200);
    expect(bench.events.log).toEqual([]);
  });

  it('H1: io:enabled=maybe is refused with key and value, nothing changed', async () => {
    await expectRefused(await bench.reserved({ 'io:enabled': 'maybe' }), 400, 'badRequest', 'io:enabled=maybe');
  });

  it('H2: a key that merely begins with "io" does not enable', async () => {
    const { attachmentId } = await bench.reserved({ iops: '1', 'iox:enabled': '1' });
    expect((await bench.connect(attachmentId)).status).toBe(200);
    expect(bench.events.log).toEqual([]);
  });

  it('H3: the one decision holds here too: an unknown key under io: is refused', async () => {
    await expectRefused(await bench.reserved({ ...IO, 'io:speed': '9' }), 400, 'badRequest', 'io:speed=9');
  });

  it.each([
    ['unavailable', 15_000],
    ['refused', 15_000],
    ['hang', 500],
  ] as const)('undecidable (Nova %s): 503, nothing changed', async (outage, decisionTimeoutMs) => {
    await bench[Symbol.asyncDispose]();
    bench = await HookBench.start(decisionTimeoutMs);
    const reserved = await bench.reserved({});
    await bench.cloud.outage('compute', outage);
    await expectRefused(reserved, 503, 'serviceUnavailable', 'Nova did not tell the flavor');
    await bench.cloud.outage('compute', false);
  });

  it('undecidable (Cinder does not tell): 503, nothing changed', async () => {
    const reserved = await bench.reserved(IO);
    await bench.cloud.outage('block-storage', true);
    await expectRefused(reserved, 503, 'serviceUnavailable', 'Cinder did not tell');
    await bench.cloud.outage('block-storage', false);
  });

  it('undecidable (server unknown): 503, nothing changed', async () => {
    const reserved = await bench.reserved(IO);
    bench.cloud.state.nova.removeServer(reserved.serverId);
    await expectRefused(reserved, 503, 'serviceUnavailable', `does not know instance ${reserved.serverId}`);
  });

  it('H7: an I/O host that is not there is an error for the user: 503, nothing changed', async () => {
    const reserved = await bench.reserved(IO);
    bench.events.failures.set('io host attaches', unreachable());
    await expectRefused(reserved, 503, 'serviceUnavailable', 'ECONNREFUSED');
  });

  it.each([
    ['network_refused', 400, 'badRequest'],
    ['volume_refused', 400, 'badRequest'],
    ['attachment_conflict', 409, 'conflictingRequest'],
    ['cloud_unavailable', 503, 'serviceUnavailable'],
    ['forbidden', 503, 'serviceUnavailable'],
    ['step_failed', 500, 'computeFault'],
  ] as const)('H7: what the I/O host refuses reaches the user: %s is %d', async (code, status, fault) => {
    const reserved = await bench.reserved(IO);
    bench.events.failures.set('io host attaches', new ApiClientError(code, 'because of X', { status: 502 }));
    await expectRefused(reserved, status, fault, 'because of X');
  });

  it('H10: what the I/O host did, but answered in words that are not understood, is undone', async () => {
    const { attachmentId } = await bench.reserved(IO);
    const attach = bench.ioHost.createAttachment.bind(bench.ioHost);
    bench.ioHost.createAttachment = async (request) => {
      await attach(request);
      throw new ApiClientError('bad_answer', 'answered something unexpected', { status: 200 });
    };
    expect((await bench.connect(attachmentId)).status).toBe(503);
    expect(bench.ioHost.attached.size).toBe(0);
  });

  it.each(['plug', 'import'])('H10: when %s fails after the attach, everything is undone', async (step) => {
    const { attachmentId } = await bench.reserved(IO);
    bench.events.failures.set(step, new Error(`${step} is broken`));
    const answer = await bench.connect(attachmentId);
    expect(answer).toMatchObject({
      status: 500,
      json: { computeFault: { message: expect.stringContaining(`${step} is broken`) } },
    });
    expect(bench.events.log.slice(-3)).toEqual(['unimport', 'unplug', 'io host detaches']);
    expect(bench.records()).toEqual([]);
    expect(bench.ioHost.attached.size).toBe(0);
  });

  it.each(['unimport', 'unplug', 'io host detaches'])(
    'H11: when undoing fails at %s that is said too, and the later DELETE finishes it',
    async (step) => {
      const { attachmentId } = await bench.reserved(IO);
      bench.events.failures.set('import', new Error('import is broken'));
      bench.events.failures.set(step, new Error(`${step} is broken`));
      const answer = await bench.connect(attachmentId);
      expect(answer.text).toContain('import is broken');
      expect(answer.text).toContain(`${step} is broken`);
      bench.events.failures.clear();
      expect((await bench.call('DELETE', `/attachments/${attachmentId}`)).status).toBe(200);
      expect(bench.records()).toEqual([]);
      expect(bench.ioHost.attached.size).toBe(0);
      expect(bench.cloud.attachments()).toEqual([]);
    },
  );

  it('H17: repeated gives the same answer, also while Nova is away; a repetition that fails takes nothing away', async () => {
    const { attachmentId } = await bench.reserved(IO);
    const first = await bench.connect(attachmentId);
    await bench.cloud.outage('compute', true);
    expect((await bench.connect(attachmentId)).text).toBe(first.text);
    bench.events.failures.set('import', new Error('broken'));
    expect((await bench.connect(attachmentId)).status).toBe(500);
    bench.events.failures.set('io host attaches', unreachable());
    expect((await bench.connect(attachmentId)).status).toBe(503);
    expect(bench.importer.imported.has(attachmentId)).toBe(true);
    expect(bench.ioHost.attached.has(attachmentId)).toBe(true);
    expect(bench.records()).toHaveLength(1);
  });

  it('of an attachment that Cinder does not know is 404 in its words, and never passed on', async () => {
    const answer = await bench.connect('9a8dfeb9-78a5-4f67-9e8b-6b08013d5885');
    expect(answer.status).toBe(404);
    expect(answer.json).toEqual({
      itemNotFound: {
        code: 404,
        message:
          'Volume attachment could not be found with filter: attachment_id = 9a8dfeb9-78a5-4f67-9e8b-6b08013d5885.',
      },
    });
    expect(bench.changesAsked()).toEqual([]);
  });

  it('with an oversized body is 413, nothing changed', async () => {
    const reserved = await bench.reserved(IO);
    const connector = { host: 'compute-1', padding: 'x'.repeat(200_000) };
    await expectRefused(reserved, 413, 'overLimit', '114688', () =>
      bench.call('PUT', `/attachments/${reserved.attachmentId}`, { attachment: { connector } }),
    );
  });

  it('with a body cut short, or with no connector, is for Cinder to refuse, nothing changed', async () => {
    const { attachmentId } = await bench.reserved(IO);
    const before = bench.cinderState();
    for (const body of ['{"attachment": {"connec', '{"attachment": {"connector": null}}', '{"attachment": {}}']) {
      expect((await bench.call('PUT', `/attachments/${attachmentId}`, body)).status).toBe(400);
    }
    expect(bench.cinderState()).toBe(before);
    expect(bench.events.log).toEqual([]);
  });

  it('with a connector that names no host is 400, nothing changed', async () => {
    const reserved = await bench.reserved(IO);
    await expectRefused(reserved, 400, 'badRequest', 'names no host', () =>
      bench.call('PUT', `/attachments/${reserved.attachmentId}`, { attachment: { connector: {} } }),
    );
  });
});

describe('tenant networks', () => {
  it('H15: after a detach none is left, nor one that an earlier answer of the I/O host named', async () => {
    const { attachmentId } = await bench.reserved(IO);
    await bench.connect(attachmentId);
    const attached = bench.ioHost.attached.get(attachmentId);
    if (attached === undefined) throw new Error('not attached');
    const network = { ...attached.attachment.network, networkId: 'n2', segmentationId: 121 };
    bench.ioHost.attached.set(attachmentId, { ...attached, attachment: { ...attached.attachment, network } });
    expect((await bench.connect(attachmentId)).status).toBe(200);
    expect([...bench.plugs.plugged.keys()]).toEqual(['n1', 'n2']);
    expect((await bench.call('DELETE', `/attachments/${attachmentId}`)).status).toBe(200);
    expect([...bench.plugs.plugged.keys()]).toEqual([]);
  });
});

describe('POST attachments', () => {
  const post = (reserved: Reserved, connector: unknown) =>
    bench.call('POST', '/attachments', {
      attachment: { volume_uuid: reserved.volumeId, instance_uuid: reserved.serverId, connector },
    });

  it('with a connector, undecidable: 503, nothing changed', async () => {
    const reserved = await bench.reserved({});
    await bench.cloud.outage('compute', true);
    await expectRefused(reserved, 503, 'serviceUnavailable', 'nothing was changed', () =>
      post(reserved, { host: 'compute-2' }),
    );
  });

  it('without connector, or for a plain instance, passes', async () => {
    const io = await bench.reserved(IO);
    expect((await post(io, null)).status).toBe(200);
    const plain = await bench.reserved({});
    expect((await post(plain, { host: 'compute-2' })).json).toMatchObject({
      attachment: { connection_info: { driver_volume_type: expect.any(String) } },
    });
    expect(bench.events.log).toEqual([]);
  });
});

describe("POST attachments with a connector: a live migration's destination", () => {
  const connector = { platform: 'x86_64', host: 'compute-2', ip: '127.0.0.1', mountpoint: '/dev/vdb' };
  const post = (reserved: Reserved, tokens?: Readonly<Record<string, string>>) => {
    const attachment = { volume_uuid: reserved.volumeId, instance_uuid: reserved.serverId, connector };
    return tokens === undefined
      ? bench.call('POST', '/attachments', { attachment })
      : bench.callWith(tokens, 'POST', '/attachments', { attachment });
  };
  const migrating = async (): Promise<Reserved> => {
    const reserved = await bench.reserved(IO);
    await bench.connect(reserved.attachmentId);
    await bench.call('POST', `/attachments/${reserved.attachmentId}/action`, { 'os-complete': null });
    bench.cloud.state.nova.updateServer(reserved.serverId, { taskState: 'migrating' });
    bench.events.log.length = 0;
    bench.cloud.forgetRequests();
    return reserved;
  };
  const idOf = (json: unknown): string =>
    z.object({ attachment: z.object({ id: z.uuid() }) }).parse(json).attachment.id;
  /** The source goes on as if nothing had been asked, and nothing is left of the second attachment. */
  const expectOnlyTheFirst = ({ attachmentId }: Reserved): void => {
    expect(bench.cloud.attachments().map(({ id }) => id)).toEqual([attachmentId]);
    expect([...bench.ioHost.attached.keys()]).toEqual([attachmentId]);
    expect([...bench.importer.imported]).toEqual([attachmentId]);
    expect(bench.records()).toEqual([`${attachmentId}.json`]);
  };

  it("B9: makes it in Cinder with Nova's tokens and the I/O host's connector, and answers this host's import", async () => {
    const reserved = await migrating();
    const answer = await post(reserved);
    expect(answer.status).toBe(200);
    const id = idOf(answer.json);
    expect(id).not.toBe(reserved.attachmentId);
    // Shape as recorded with a stock Nova that migrated an instance with an interposed volume.
    expect(answer.json).toEqual({
      attachment: {
        id,
        status: 'reserved',
        instance: reserved.serverId,
        volume_id: reserved.volumeId,
        attached_at: '',
        detached_at: '',
        attach_mode: 'null',
        connection_info: {
          device_path: `/imports/${id}/disk`,
          driver_volume_type: 'gpfs',
          volume_id: reserved.volumeId,
          attachment_id: id,
          access_mode: 'rw',
          qos_specs: null,
          encrypted: false,
          cacheable: false,
          imported_by: 'iorcl',
        },
      },
    });
    expect(bench.events.log).toEqual(['io host attaches', 'plug', 'import']);
    const [asked] = bench.cloud.requests('block-storage').filter(({ method }) => method === 'POST');
    expect(asked?.token?.project).toBe('demo');
    expect(asked?.serviceToken?.roles).toContain('service');
    // H20: Cinder names the I/O host, never this one.
    expect(bench.cloud.attachments().map(({ host, mountpoint }) => [host, mountpoint])).toEqual([
      ['io-1', '/dev/vdb'],
      ['io-1', '/dev/vdb'],
    ]);
    const shown = await bench.call('GET', `/attachments/${id}`);
    expect(connectionInfoOf(shown.json)).toEqual(connectionInfoOf(answer.json));
  });

  it('H17: repeated answers the same attachment, also at the same time', async () => {
    const reserved = await migrating();
    const answers = await Promise.all([post(reserved), post(reserved)]);
    const again = await post(reserved);
    const ids = [...answers, again].map(({ json }) => idOf(json));
    expect(new Set(ids).size).toBe(1);
    expect(connectionInfoOf(again.json)).toEqual(connectionInfoOf(answers[0]?.json));
    expect(bench.cloud.attachments()).toHaveLength(2);
    expect(bench.ioHost.attached.size).toBe(2);
  });

  it("H22: repeated after the hook was killed between iorcld's answer and Nova's, it takes over what is there", async () => {
    const reserved = await migrating();
    const id = idOf((await post(reserved)).json);
    await bench.hook.imports.remove(id);
    expect(idOf((await post(reserved)).json)).toBe(id);
    expect(bench.importer.imported.has(id)).toBe(true);
    expect(bench.cloud.attachments()).toHaveLength(2);
  });

  it('one that Cinder has forgotten meanwhile is ended first, and a new one made', async () => {
    const reserved = await migrating();
    const id = idOf((await post(reserved)).json);
    // Past the hook.
    const cinder = Number(new URL(bench.cloud.endpoints.blockStorage).port);
    expect((await bench.call('DELETE', `/attachments/${id}`, undefined, cinder)).status).toBe(200);
    const next = idOf((await post(reserved)).json);
    expect(next).not.toBe(id);
    expect([...bench.ioHost.attached.keys()]).toEqual([reserved.attachmentId, next]);
    expect([...bench.importer.imported]).toEqual([reserved.attachmentId, next]);
  });

  it.each(['io host attaches', 'plug', 'import'])(
    'H10: when %s fails, all is undone, in Cinder too: Nova never learns its id',
    async (step) => {
      const reserved = await migrating();
      bench.events.failures.set(step, step.startsWith('io') ? unreachable() : new Error(`${step} is broken`));
      const answer = await post(reserved);
      expect(answer.status).toBe(step.startsWith('io') ? 503 : 500);
      expectOnlyTheFirst(reserved);
      bench.events.failures.clear();
      expect((await post(reserved)).status).toBe(200);
    },
  );

  it.each(['unimport', 'unplug', 'io host detaches'])(
    'H11: when undoing fails at %s that is said too, and Cinder is told all the same: the I/O host ends what Cinder forgot',
    async (step) => {
      const reserved = await migrating();
      bench.events.failures.set('import', new Error('import is broken'));
      bench.events.failures.set(step, new Error(`${step} hangs`));
      const answer = await post(reserved);
      expect(answer.text).toContain('import is broken');
      expect(answer.text).toContain(`${step} hangs`);
      expect(bench.cloud.attachments().map(({ id }) => id)).toEqual([reserved.attachmentId]);
      bench.events.failures.clear();
      // The next one finds it, and ends it first.
      expect((await post(reserved)).status).toBe(200);
      expect(bench.ioHost.attached.size).toBe(2);
    },
  );

  it('H10: when Cinder does not take it back either, the answer names what is left', async () => {
    const reserved = await migrating();
    const attach = bench.ioHost.createAttachment.bind(bench.ioHost);
    bench.ioHost.createAttachment = async () => {
      bench.ioHost.createAttachment = attach;
      await bench.cloud.outage('block-storage', true);
      throw new ApiClientError('step_failed', 'because of X', { status: 500 });
    };
    const answer = await post(reserved);
    await bench.cloud.outage('block-storage', false);
    const left = bench.cloud.attachments().find(({ id }) => id !== reserved.attachmentId);
    expect(answer.text).toContain('because of X');
    expect(answer.text).toContain(`Attachment ${left?.id} is left in Cinder`);
  });

  it('H7: while Nova is not migrating, or to a third host: refused with the reason, the source untouched', async () => {
    const reserved = await migrating();
    bench.cloud.state.nova.updateServer(reserved.serverId, { taskState: null });
    const answer = await post(reserved);
    expect(answer).toMatchObject({ status: 409, json: { conflictingRequest: { code: 409 } } });
    expectOnlyTheFirst(reserved);
  });

  it('of a volume that is connected past the I/O host is refused by Cinder: nobody opens it a second time', async () => {
    const reserved = await bench.reserved(IO);
    const cinder = Number(new URL(bench.cloud.endpoints.blockStorage).port);
    const direct = { attachment: { connector: { host: 'compute-1', ip: '127.0.0.1' } } };
    expect((await bench.call('PUT', `/attachments/${reserved.attachmentId}`, direct, cinder)).status).toBe(200);
    await bench.call('POST', `/attachments/${reserved.attachmentId}/action`, { 'os-complete': null });
    const answer = await post(reserved);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.text).toContain('duplicate connectors');
    expect(bench.cloud.attachments().map(({ id }) => id)).toEqual([reserved.attachmentId]);
    expect(bench.ioHost.attached.size).toBe(0);
  });

  it("what Cinder refuses is Cinder's own answer, and nothing is attached", async () => {
    const reserved = await migrating();
    const answer = await post({ ...reserved, volumeId: '9a8dfeb9-78a5-4f67-9e8b-6b08013d5885' });
    expect(answer.json).toMatchObject({ itemNotFound: { code: 404 } });
    expect(bench.events.log).toEqual([]);
    expectOnlyTheFirst(reserved);
  });

  it('H7: with an I/O host that does not answer: 503, and Cinder was asked nothing', async () => {
    const reserved = await migrating();
    bench.events.failures.set('io host lists', unreachable());
    expect((await post(reserved)).status).toBe(503);
    expect(bench.changesAsked()).toEqual([]);
    expectOnlyTheFirst(reserved);
  });

  it('H8: is for Nova only', async () => {
    const reserved = await migrating();
    const user = { 'X-Auth-Token': (await bench.novaTokens())['X-Auth-Token'] ?? '' };
    expect((await post(reserved, user)).status).toBe(403);
    expect((await post(reserved, {})).status).toBe(401);
    expect(bench.changesAsked()).toEqual([]);
    expectOnlyTheFirst(reserved);
  });

  it('asked by somebody who leaves before the answer, leaves nothing', async () => {
    const reserved = await migrating();
    const { promise: goOn, resolve } = Promise.withResolvers<void>();
    const attach = bench.ioHost.createAttachment.bind(bench.ioHost);
    let asked = false;
    bench.ioHost.createAttachment = async (request) => {
      asked = true;
      await goOn;
      return attach(request);
    };
    const leaving = new AbortController();
    const tokens = await bench.novaTokens();
    const attachment = { volume_uuid: reserved.volumeId, instance_uuid: reserved.serverId, connector };
    const called = fetch(`http://127.0.0.1:${bench.port}/v3/${bench.projectId}/attachments`, {
      method: 'POST',
      headers: { ...tokens, 'OpenStack-API-Version': 'volume 3.44', 'Content-Type': 'application/json' },
      body: JSON.stringify({ attachment }),
      signal: leaving.signal,
    }).catch(() => 'left');
    await until(() => asked, 'the I/O host is asked');
    leaving.abort();
    expect(await called).toBe('left');
    // Until the hook has seen it, which it has by the time that it answers others.
    await bench.call('GET', `/volumes/${reserved.volumeId}`);
    resolve();
    await until(() => bench.cloud.attachments().length === 1, 'Cinder has forgotten the second attachment');
    expectOnlyTheFirst(reserved);
  });
});

describe('GET attachments', () => {
  it("of an import is Cinder's answer with the import's connection_info, the same that PUT gave", async () => {
    const { attachmentId } = await bench.reserved(IO);
    const put = await bench.connect(attachmentId);
    const get = await bench.call('GET', `/attachments/${attachmentId}`);
    expect(get.status).toBe(200);
    expect(connectionInfoOf(get.json)).toEqual(connectionInfoOf(put.json));
    expect(get.json).toMatchObject({ attachment: { id: attachmentId, status: 'attaching', volume_id: hex } });
    expect(get.headers['content-length']).toBe(String(Buffer.byteLength(get.text)));
  });

  it('of an io instance that is not imported here shows no way to the storage', async () => {
    const { attachmentId } = await bench.reserved(IO);
    await bench.ioHost.createAttachment({ attachmentId, computeHost: 'elsewhere' });
    expect(bench.cloud.attachments()[0]?.connectionInfo).not.toEqual({});
    expect((await bench.call('GET', `/attachments/${attachmentId}`)).json).toMatchObject({
      attachment: { id: hex, connection_info: {} },
    });
  });

  it('undecidable is 503, and shows no way to the storage', async () => {
    const { attachmentId } = await bench.reserved(IO);
    await bench.ioHost.createAttachment({ attachmentId, computeHost: 'elsewhere' });
    await bench.cloud.outage('compute', true);
    const answer = await bench.call('GET', `/attachments/${attachmentId}`);
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('driver_volume_type');
  });

  it("of a plain instance is Cinder's own", async () => {
    const { attachmentId } = await bench.reserved({});
    await bench.connect(attachmentId);
    expect((await bench.call('GET', `/attachments/${attachmentId}`)).json).toMatchObject({
      attachment: { connection_info: { access_mode: 'rw' } },
    });
  });
});

describe('DELETE attachments', () => {
  const remove = (attachmentId: string) => bench.call('DELETE', `/attachments/${attachmentId}`);

  it("B7 H8: of an io instance tells Cinder last, by nova-compute's own request with its tokens", async () => {
    const { attachmentId } = await bench.reserved(IO);
    await bench.connect(attachmentId);
    bench.events.log.length = 0;
    bench.cloud.forgetRequests();
    expect((await remove(attachmentId)).status).toBe(200);
    expect(bench.events.log).toEqual(['unimport', 'unplug', 'io host detaches']);
    const asked = bench.cloud.requests('block-storage').filter(({ method }) => method === 'DELETE');
    expect(asked).toHaveLength(1);
    expect(asked[0]?.token?.project).toBe('demo');
    expect(asked[0]?.serviceToken?.roles).toContain('service');
    expect(bench.cloud.attachments()).toEqual([]);
    expect(bench.records()).toEqual([]);
  });

  it.each([
    ['unimport', 500],
    ['unplug', 500],
    ['io host detaches', 503],
  ] as const)(
    'H8: when %s fails, Cinder is not told: the volume stays in use; later it works',
    async (step, status) => {
      const { attachmentId, volumeId } = await bench.reserved(IO);
      await bench.connect(attachmentId);
      const before = bench.cinderState();
      bench.cloud.forgetRequests();
      bench.events.failures.set(step, step === 'io host detaches' ? unreachable() : new Error('it hangs'));
      const answer = await remove(attachmentId);
      expect(answer.status).toBe(status);
      expect(bench.cinderState()).toBe(before);
      expect(bench.changesAsked()).toEqual([]);
      bench.events.failures.clear();
      expect((await remove(attachmentId)).status).toBe(200);
      expect(bench.cloud.volume(volumeId)?.status).toBe('available');
      expect(bench.ioHost.attached.size).toBe(0);
    },
  );

  it('of a plain instance passes, also while the I/O host is down', async () => {
    const { attachmentId } = await bench.reserved({});
    await bench.connect(attachmentId);
    for (const what of ['io host detaches', 'io host is asked']) bench.events.failures.set(what, unreachable());
    expect((await remove(attachmentId)).status).toBe(200);
    expect(bench.events.log).toEqual(['io host is asked fails']);
  });

  it('H8: of an attachment that the I/O host has goes through it, whatever the flavor says now and whether or not there is a record', async () => {
    const { attachmentId } = await bench.reserved({});
    await bench.ioHost.createAttachment({ attachmentId, computeHost: 'compute-1' });
    bench.events.log.length = 0;
    expect((await remove(attachmentId)).status).toBe(200);
    expect(bench.events.log).toEqual(['io host is asked', 'unimport', 'io host detaches']);
    expect(bench.ioHost.attached.size).toBe(0);
    expect(bench.cloud.attachments()).toEqual([]);
  });

  it("of a failed attach comes twice: the second gets Cinder's own 404", async () => {
    const { attachmentId } = await bench.reserved(IO);
    bench.events.failures.set('import', new Error('broken'));
    await bench.connect(attachmentId);
    bench.events.failures.clear();
    expect((await remove(attachmentId)).status).toBe(200);
    expect((await remove(attachmentId)).json).toMatchObject({ itemNotFound: { code: 404 } });
    expect(bench.cloud.attachments()).toEqual([]);
  });

  it('B8: of a server that Nova has forgotten still ends the export first', async () => {
    const { attachmentId, serverId } = await bench.reserved(IO);
    await bench.ioHost.createAttachment({ attachmentId, computeHost: 'elsewhere' });
    bench.cloud.state.nova.removeServer(serverId);
    expect((await remove(attachmentId)).status).toBe(200);
    expect(bench.ioHost.attached.size).toBe(0);
  });

  it('while Nova is away passes what neither this host nor the I/O host knows', async () => {
    const { attachmentId } = await bench.reserved({});
    await bench.cloud.outage('compute', true);
    expect((await remove(attachmentId)).status).toBe(200);
    expect(bench.events.log).toEqual(['io host is asked']);
  });

  it('while Nova and the I/O host are away is 503, and Cinder is not told', async () => {
    const reserved = await bench.reserved({});
    await bench.cloud.outage('compute', true);
    bench.events.failures.set('io host is asked', unreachable());
    await expectRefused(reserved, 503, 'serviceUnavailable', 'nothing was changed', () =>
      remove(reserved.attachmentId),
    );
  });
});

describe('whoever reaches the hook', () => {
  const callers = {
    'without any token': () => ({}),
    'with tokens that Keystone does not know': () => ({
      'X-Auth-Token': 'gAAAAAmadeup',
      'X-Service-Token': 'gAAAAAmadeup',
    }),
    'with a user token alone': async () => ({ 'X-Auth-Token': (await bench.novaTokens())['X-Auth-Token'] ?? '' }),
    'with a user token as service token': async () => {
      const token = (await bench.novaTokens())['X-Auth-Token'] ?? '';
      return { 'X-Auth-Token': token, 'X-Service-Token': token };
    },
  };
  const expectedOf = (who: string): number => (who.includes('user token') ? 403 : 401);

  it.each(Object.entries(callers))('H8: %s can not end an export: the guest keeps its disk', async (who, tokens) => {
    const { attachmentId } = await bench.reserved(IO);
    await bench.connect(attachmentId);
    bench.events.log.length = 0;
    const before = bench.cinderState();
    const answer = await bench.callWith(await tokens(), 'DELETE', `/attachments/${attachmentId}`);
    expect(answer.status).toBe(expectedOf(who));
    expect(bench.events.log).toEqual([]);
    expect(bench.ioHost.attached.has(attachmentId)).toBe(true);
    expect(bench.cinderState()).toBe(before);
  });

  it.each(Object.entries(callers))('%s can not attach: nothing changed', async (who, tokens) => {
    const reserved = await bench.reserved(IO);
    const [status, fault] = expectedOf(who) === 401 ? ([401, 'unauthorized'] as const) : ([403, 'forbidden'] as const);
    const body = { attachment: { connector: { host: 'compute-1' } } };
    const given = await tokens();
    await expectRefused(reserved, status, fault, 'X-Service-Token', () =>
      bench.callWith(given, 'PUT', `/attachments/${reserved.attachmentId}`, body),
    );
  });

  it('with a service token may: the user token may have expired in a long operation', async () => {
    const { attachmentId } = await bench.reserved(IO);
    const tokens = { ...(await bench.novaTokens()), 'X-Auth-Token': 'gAAAAAexpired' };
    const body = { attachment: { connector: { host: 'compute-1' } } };
    expect((await bench.callWith(tokens, 'PUT', `/attachments/${attachmentId}`, body)).status).toBe(200);
  });

  it('undecidable (Keystone is away): 503, nothing changed', async () => {
    const reserved = await bench.reserved(IO);
    await bench.connect(reserved.attachmentId);
    const tokens = await bench.novaTokens();
    const before = bench.cinderState();
    await bench.cloud.outage('identity', true);
    const answer = await bench.callWith(tokens, 'DELETE', `/attachments/${reserved.attachmentId}`);
    await bench.cloud.outage('identity', false);
    expect(answer.status).toBe(503);
    expect(bench.cinderState()).toBe(before);
    expect(bench.ioHost.attached.has(reserved.attachmentId)).toBe(true);
  });
});

describe('one attachment', () => {
  it('H21: calls at the same time are answered one after the other, and leave what the last one says', async () => {
    const { attachmentId } = await bench.reserved(IO);
    const calls = [
      bench.connect(attachmentId),
      bench.connect(attachmentId),
      bench.call('GET', `/attachments/${attachmentId}`),
      bench.call('DELETE', `/attachments/${attachmentId}`),
    ];
    const answers = await Promise.all(calls);
    for (const { status } of answers) expect([200, 404]).toContain(status);
    const attached = bench.cloud.attachments().length;
    expect(bench.ioHost.attached.size).toBe(attached);
    expect(bench.importer.imported.size).toBe(attached);
    expect(bench.records()).toHaveLength(attached);
  });

  it('H21: a GET that Cinder does not answer holds up no detach: the export goes', async () => {
    const { attachmentId } = await bench.reserved(IO);
    await bench.connect(attachmentId);
    await bench.cloud.outage('block-storage', 'hang');
    const shown = bench.call('GET', `/attachments/${attachmentId}`);
    const removed = bench.call('DELETE', `/attachments/${attachmentId}`);
    await until(() => !bench.ioHost.attached.has(attachmentId), 'detached from the I/O host');
    await bench.cloud.outage('block-storage', false);
    expect((await shown).status).toBe(502);
    // Whether Cinder was back already when it was told, or Nova has to repeat it.
    if ((await removed).status !== 200) await bench.call('DELETE', `/attachments/${attachmentId}`);
    expect(bench.cloud.attachments()).toEqual([]);
  });

  it('its os-complete, and everything else of the volume API, passes untouched', async () => {
    const { attachmentId, volumeId } = await bench.reserved(IO);
    await bench.connect(attachmentId);
    const answer = await bench.call('POST', `/attachments/${attachmentId}/action`, { 'os-complete': null });
    expect(answer.status).toBe(204);
    expect(bench.cloud.volume(volumeId)?.status).toBe('in-use');
    expect((await bench.call('GET', `/volumes/${volumeId}`)).status).toBe(200);
  });
});
