import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness, type Life, type Reservation } from '../../test/harness.ts';
import { nbd } from '../../test/nbd-access.ts';
import { stepNames } from './record.ts';

let harness: Harness;
let life: Life;
let reservation: Reservation;

beforeEach(() => {
  harness = new Harness();
  life = harness.start();
  reservation = harness.reserveOne();
});
afterEach(() => harness.end());

const request = (attachmentId: string, computeHost = 'compute-1') => ({ attachmentId, computeHost });

describe('create', () => {
  it('B4: connects the volume with the I/O host’s own connector, and exports and grants it', async () => {
    const answer = await life.attachments.create({ ...request(reservation.attachmentId), mountpoint: '/dev/vdb' });

    expect(harness.cloud.connectors.get(reservation.attachmentId)).toMatchObject({
      host: 'io-1',
      mountpoint: '/dev/vdb',
    });
    expect(answer.attachment).toMatchObject({
      status: 'attached',
      ioHost: 'io-1',
      computeHost: 'compute-1',
      port: 10809,
    });
    const [volume] = (await harness.driver.inspect(reservation.instanceId))?.volumes ?? [];
    expect(volume).toMatchObject({ exportName: nbd(answer).exportName, grants: [nbd(answer).tls.identity] });
    expect(harness.driver.secrets.get(nbd(answer).tls.identity)).toBe(nbd(answer).tls.secretHex);
  });

  it('answers Cinder’s attachment without connection_info: storage credentials stay on the I/O host', async () => {
    harness.cloud.connectionInfo = { driver_volume_type: 'fake', auth_password: 'sekret' };
    const answer = await life.attachments.create(request(reservation.attachmentId));

    expect(answer.cinder.attachment).toMatchObject({ id: reservation.attachmentId });
    expect(JSON.stringify(answer)).not.toContain('sekret');
    expect(harness.log.join('')).not.toContain('sekret');
    expect(harness.log.join('')).not.toContain(nbd(answer).tls.secretHex);
  });

  it('the same request twice has one effect and two equal answers', async () => {
    const first = await life.attachments.create(request(reservation.attachmentId));
    const second = await life.attachments.create(request(reservation.attachmentId));
    expect(second).toEqual(first);
  });

  it('H21: ten equal requests at once have one effect and equal answers', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => life.attachments.create(request(reservation.attachmentId))),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(life.attachments.list()).toHaveLength(1);
  });

  it('a request for the same attachment by another compute host is a conflict that names both hosts', async () => {
    await life.attachments.create(request(reservation.attachmentId));
    await expect(life.attachments.create(request(reservation.attachmentId, 'compute-2'))).rejects.toMatchObject({
      code: 'attachment_conflict',
      message: expect.stringMatching(/compute-1.*compute-2/),
    });
  });

  it('so is one with another mountpoint, which is named; one without is the same request', async () => {
    const asked = { ...request(reservation.attachmentId), mountpoint: '/dev/vdb' };
    const first = life.attachments.create(asked);
    const refused = {
      code: 'attachment_conflict',
      message: expect.stringMatching(/mountpoint is \/dev\/vdb, but was now asked for as \/dev\/vdc/),
    };
    await expect(life.attachments.create({ ...asked, mountpoint: '/dev/vdc' })).rejects.toMatchObject(refused);
    const answer = await first;
    await expect(life.attachments.create({ ...asked, mountpoint: '/dev/vdc' })).rejects.toMatchObject(refused);
    expect(await life.attachments.create(request(reservation.attachmentId))).toEqual(answer);
    expect(await life.attachments.create(asked)).toEqual(answer);
  });

  it('such a request is a conflict also while the first one still runs', async () => {
    const first = life.attachments.create(request(reservation.attachmentId));
    await expect(life.attachments.create(request(reservation.attachmentId, 'compute-2'))).rejects.toMatchObject({
      code: 'attachment_conflict',
    });
    await first;
  });

  it('H8 H21: one that comes after a removal is not answered with what is being removed', async () => {
    const { promise: later, resolve: goOn } = Promise.withResolvers<void>();
    const open = harness.driver.open.bind(harness.driver);
    harness.driver.open = async (volume) => {
      await later;
      return open(volume);
    };
    const first = life.attachments.create(request(reservation.attachmentId));
    const removed = life.attachments.remove(reservation.attachmentId);
    const again = life.attachments.create(request(reservation.attachmentId));
    goOn();
    await Promise.all([first, removed]);
    const { attachment } = await again;
    expect(life.attachments.show(reservation.attachmentId)).toEqual(attachment);
    expect((await harness.driver.inspect(reservation.instanceId))?.volumes).toHaveLength(1);
  });

  it('H8: nothing is begun for a compute host that no longer waits: it may have told Nova already that it failed', async () => {
    const caller = new AbortController();
    const ports = harness.cloud.ports.bind(harness.cloud);
    harness.cloud.ports = async (id) => {
      caller.abort();
      return ports(id);
    };
    await expect(
      life.attachments.create(request(reservation.attachmentId), { caller: caller.signal }),
    ).rejects.toMatchObject({ code: 'attachment_conflict', message: expect.stringContaining('no longer waits') });
    expect(harness.leftovers()).toEqual([]);
    expect(harness.cloud.connectors.size).toBe(0);
    expect(life.attachments.list()).toEqual([]);
  });

  describe('asked by two at once, of whom the first gives up', () => {
    const callers = () => [new AbortController(), new AbortController()] as const;
    const createFor = ({ signal: caller }: AbortController) =>
      life.attachments.create(request(reservation.attachmentId), { caller });
    /** What happens while it is being planned. */
    const whilePlanning = (happens: () => void): void => {
      const ports = harness.cloud.ports.bind(harness.cloud);
      harness.cloud.ports = async (id) => {
        happens();
        return ports(id);
      };
    };

    it('it is attached for the second, who waits', async () => {
      const [first, second] = callers();
      whilePlanning(() => first.abort());
      const answers = await Promise.all([createFor(first), createFor(second)]);
      expect(answers[1]).toEqual(answers[0]);
      expect(life.attachments.show(reservation.attachmentId).status).toBe('attached');
    });

    it('it is not begun once both have', async () => {
      const [first, second] = callers();
      whilePlanning(() => {
        first.abort();
        second.abort();
      });
      const outcomes = await Promise.allSettled([createFor(first), createFor(second)]);
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(life.attachments.list()).toEqual([]);
      expect(harness.leftovers()).toEqual([]);
    });
  });

  it('H17: of two instances that attach one volume at once, one gets it and the other a conflict', async () => {
    const network = harness.addNetwork('red', { segmentationId: 102 });
    const other = harness.reserve(harness.addInstance([network]), reservation.volumeId);
    const outcomes = await Promise.allSettled([
      life.attachments.create(request(reservation.attachmentId)),
      life.attachments.create(request(other.attachmentId)),
    ]);
    expect(outcomes.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find((one) => one.status === 'rejected')?.reason).toMatchObject({ code: 'attachment_conflict' });
    expect(harness.driver.instances.size).toBe(1);
  });

  it('H17: a read-only volume is opened and exported read-only', async () => {
    harness.cloud.connectionInfo = { driver_volume_type: 'fake', access_mode: 'ro' };
    const answer = await life.attachments.create(request(reservation.attachmentId));
    expect(answer.access.readOnly).toBe(true);
    expect((await harness.driver.inspect(reservation.instanceId))?.volumes[0]?.readOnly).toBe(true);
  });

  it('an opened size that is not Cinder’s is never exported, and nothing is left', async () => {
    harness.driver.sizeBytes = 2 * 1024 ** 3;
    await expect(life.attachments.create(request(reservation.attachmentId))).rejects.toMatchObject({
      code: 'step_failed',
      message: expect.stringMatching(/check.*size in bytes is 2147483648, expected 1073741824/),
    });
    expect(harness.leftovers()).toEqual([]);
    expect(life.attachments.list()).toEqual([]);
  });

  it('H5: a connection_info of unknown type is refused with its name, and nothing is left', async () => {
    harness.cloud.connectionInfo = { driver_volume_type: 'floppy' };
    await expect(life.attachments.create(request(reservation.attachmentId))).rejects.toMatchObject({
      code: 'volume_refused',
      message: expect.stringContaining('floppy'),
    });
    expect(harness.leftovers()).toEqual([]);
  });

  it('H18: a volume that only its connection_info shows to be encrypted is refused, and nothing is left', async () => {
    harness.cloud.connectionInfo = { driver_volume_type: 'fake', encrypted: true };
    await expect(life.attachments.create(request(reservation.attachmentId))).rejects.toMatchObject({
      code: 'volume_refused',
    });
    expect(harness.leftovers()).toEqual([]);
  });

  it('volumes of one instance share a listener; another instance in that network gets another port', async () => {
    const network = harness.addNetwork('green', { segmentationId: 103 });
    const [a, b] = [harness.addInstance([network]), harness.addInstance([network])];
    const ports: (number | null)[] = [];
    for (const instance of [a, a, b]) {
      const { attachment } = await life.attachments.create(request(harness.reserve(instance).attachmentId));
      ports.push(attachment.port);
    }
    expect(ports).toEqual([10809, 10809, 10810]);
  });

  it('instances in different networks may have the same port', async () => {
    const red = harness.addInstance([harness.addNetwork('red', { segmentationId: 102 })]);
    const first = await life.attachments.create(request(reservation.attachmentId));
    const second = await life.attachments.create(request(harness.reserve(red).attachmentId));
    expect([first.access.port, second.access.port]).toEqual([10809, 10809]);
  });

  it('H14: the same VLAN on two physical networks is two networks', async () => {
    const twin = harness.addInstance([
      harness.addNetwork('twin', { physicalNetwork: 'physnet2', segmentationId: 101 }),
    ]);
    await life.attachments.create(request(reservation.attachmentId));
    await life.attachments.create(request(harness.reserve(twin).attachmentId));
    expect(harness.plugs.plugged.size).toBe(2);
  });

  it('a network whose ports are used up refuses one more instance, and a detach makes room again', async () => {
    const network = harness.addNetwork('small', { segmentationId: 104 });
    const all = Array.from({ length: 5 }, () => harness.reserve(harness.addInstance([network])));
    for (const one of all.slice(0, 4)) await life.attachments.create(request(one.attachmentId));
    const last = request(all[4]?.attachmentId ?? '');
    await expect(life.attachments.create(last)).rejects.toMatchObject({ code: 'network_refused' });
    await life.attachments.remove(all[1]?.attachmentId ?? '');
    expect((await life.attachments.create(last)).access.port).toBe(10810);
  });

  it('a second volume over another network than the instance’s first is refused', async () => {
    const [red, green] = [
      harness.addNetwork('red', { segmentationId: 102 }),
      harness.addNetwork('green', { segmentationId: 103 }),
    ];
    const instance = harness.addInstance([red, green], { 'io:enabled': 'true', 'io:network': 'red' });
    await life.attachments.create(request(harness.reserve(instance).attachmentId));
    const server = harness.cloud.instances.get(instance);
    if (server === undefined) throw new Error('no instance');
    harness.cloud.instances.set(instance, { ...server, extraSpecs: { 'io:enabled': 'true', 'io:network': 'green' } });
    await expect(life.attachments.create(request(harness.reserve(instance).attachmentId))).rejects.toMatchObject({
      code: 'network_refused',
    });
  });
});

describe('remove', () => {
  it('B7: removes export, backend and network, and forgets the attachment', async () => {
    await life.attachments.create(request(reservation.attachmentId));
    await life.attachments.remove(reservation.attachmentId);
    expect(harness.leftovers()).toEqual([]);
    expect(life.attachments.list()).toEqual([]);
  });

  it('leaves the instance’s other volumes alone', async () => {
    const other = harness.reserve(reservation.instanceId);
    await life.attachments.create(request(reservation.attachmentId));
    await life.attachments.create(request(other.attachmentId));
    await life.attachments.remove(reservation.attachmentId);
    const left = await harness.driver.inspect(reservation.instanceId);
    expect(left?.volumes.map((volume) => volume.attachmentId)).toEqual([other.attachmentId]);
    expect(harness.plugs.plugged.size).toBe(1);
  });

  it('an unknown attachment is not found', async () => {
    await expect(life.attachments.remove(reservation.attachmentId)).rejects.toMatchObject({
      code: 'attachment_not_found',
    });
  });

  it('of what was unfinished when somebody looked leaves alone what is attached meanwhile', async () => {
    const creating = life.attachments.create(request(reservation.attachmentId));
    while (life.journal.attachment(reservation.attachmentId) === undefined) await new Promise(setImmediate);
    expect(await life.attachments.removeUnfinished(reservation.attachmentId)).toBe(false);
    expect((await creating).attachment).toEqual(life.attachments.show(reservation.attachmentId));

    life.journal.setStatus(reservation.attachmentId, { intent: 'attach', status: 'attaching', fault: null });
    expect(await life.attachments.removeUnfinished(reservation.attachmentId)).toBe(true);
    expect(harness.leftovers()).toEqual([]);
  });

  it('waits for a create that still runs, then removes what it made', async () => {
    const creating = life.attachments.create(request(reservation.attachmentId));
    await life.attachments.remove(reservation.attachmentId);
    expect((await creating).attachment.status).toBe('attached');
    expect(harness.leftovers()).toEqual([]);
  });
});

describe('a start', () => {
  it('H22: adopts what runs without touching it', async () => {
    const before = await life.attachments.create(request(reservation.attachmentId));
    const next = harness.start();
    await next.attachments.adoptAll();
    expect(await next.attachments.create(request(reservation.attachmentId))).toEqual(before);
    expect(harness.log.filter((line) => line.includes("doesn't hold"))).toEqual([]);
  });

  it('H22: makes again what is gone, with the same address, port and key', async () => {
    const before = await life.attachments.create(request(reservation.attachmentId));
    harness.driver.instances.clear();
    harness.driver.secrets.clear();
    harness.plugs.plugged.clear();
    const next = harness.start();
    await next.attachments.adoptAll();
    const after = await next.attachments.create(request(reservation.attachmentId));
    expect(after.access).toEqual(before.access);
    expect(harness.driver.secrets.get(nbd(after).tls.identity)).toBe(nbd(after).tls.secretHex);
    expect(harness.plugs.plugged.size).toBe(1);
  });

  it('H20: gives Cinder our connector again where another host is recorded', async () => {
    await life.attachments.create(request(reservation.attachmentId));
    harness.connectBy('compute-1', reservation.attachmentId);
    await harness.start().attachments.adoptAll();
    expect(harness.cloud.connectors.get(reservation.attachmentId)?.host).toBe('io-1');
  });

  it.each([true, false])(
    'an attachment that Cinder has no more is in error (Nova had completed it: %s)',
    async (completed) => {
      const { attachmentId } = reservation;
      await life.attachments.create(request(attachmentId));
      if (completed) await harness.cloud.complete(attachmentId);
      await harness.cloud.deleteAttachment(attachmentId);
      const next = harness.start();
      await next.attachments.adoptAll();
      expect(next.attachments.show(attachmentId)).toMatchObject({
        status: 'error',
        fault: { message: expect.stringContaining('no Cinder attachment') },
      });
    },
  );

  it.each(['attachment', 'volume'] as const)(
    'H22: while Cinder is silent (%s), what runs stays attached',
    async (call) => {
      await life.attachments.create(request(reservation.attachmentId));
      harness.cloud.silent.add(call);
      const next = harness.start();
      await next.attachments.adoptAll();
      expect(next.attachments.show(reservation.attachmentId)).toMatchObject({ status: 'attached', fault: null });
    },
  );

  it('H8: while Cinder is silent, nothing is opened anew; once it answers, a repeated create repairs', async () => {
    const before = await life.attachments.create(request(reservation.attachmentId));
    harness.driver.instances.clear();
    harness.cloud.silent.add('attachment');
    const next = harness.start();
    await next.attachments.adoptAll();
    expect(next.attachments.show(reservation.attachmentId)).toMatchObject({
      status: 'error',
      fault: { code: 'cloud_unavailable' },
    });
    expect(harness.driver.instances.size).toBe(0);

    harness.cloud.silent.clear();
    const after = await next.attachments.create(request(reservation.attachmentId));
    expect(after.attachment).toMatchObject({ status: 'attached', fault: null });
    expect(after.access).toEqual(before.access);
  });

  it('an attachment that can’t be adopted stays in error and doesn’t keep others from being adopted', async () => {
    const network = harness.addNetwork('red', { segmentationId: 102 });
    const other = harness.reserve(harness.addInstance([network]));
    await life.attachments.create(request(reservation.attachmentId));
    await life.attachments.create(request(other.attachmentId));
    harness.cloud.cinderAttachments.delete(reservation.attachmentId);
    const next = harness.start();
    await next.attachments.adoptAll();
    expect(next.attachments.show(reservation.attachmentId).status).toBe('error');
    expect(next.attachments.show(other.attachmentId).status).toBe('attached');
    // One answer "not found" may as well mean that the service user lost its role: nothing is torn down for it.
    expect(harness.driver.instances.size).toBe(2);

    await next.attachments.remove(reservation.attachmentId);
    expect(harness.driver.instances.size).toBe(1);
  });
});

describe('stop', () => {
  it('finishes what runs and refuses what comes', async () => {
    const running = life.attachments.create(request(reservation.attachmentId));
    const stopped = life.attachments.stop();
    await expect(life.attachments.remove(reservation.attachmentId)).rejects.toMatchObject({ code: 'shutting_down' });
    await stopped;
    expect((await running).attachment.status).toBe('attached');
    expect([...(life.journal.attachment(reservation.attachmentId)?.steps.keys() ?? [])].sort()).toEqual(
      [...stepNames].sort(),
    );
  });
});
