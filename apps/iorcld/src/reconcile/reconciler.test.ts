import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness, type Life, type Reservation } from '../../test/harness.ts';
import type { ReconcileReport } from './finding.ts';

let harness: Harness;
let life: Life;
let reservation: Reservation;

beforeEach(async () => {
  harness = new Harness();
  life = harness.start();
  reservation = harness.reserveOne();
  await attach(reservation);
});
afterEach(() => harness.end());

const attach = ({ attachmentId }: Reservation) => life.attachments.create({ attachmentId, computeHost: 'compute-1' });
const kinds = ({ findings }: ReconcileReport): readonly string[] => findings.map(({ kind }) => kind);
const outcomes = ({ repairs }: ReconcileReport): readonly string[] =>
  repairs.map(({ kind, outcome }) => `${kind} ${outcome}`);
const later = (seconds: number): void => {
  harness.uptime += seconds * 1_000;
};
const exported = async ({ instanceId }: Reservation): Promise<boolean> =>
  (await harness.driver.inspect(instanceId)) !== undefined;

it('finds nothing where all is well, and changes nothing', async () => {
  const before = life.attachments.show(reservation.attachmentId);
  expect(await life.reconciler.run()).toMatchObject({ findings: [], repairs: [], unanswered: [], guarded: null });
  expect(life.attachments.show(reservation.attachmentId)).toEqual(before);
});

describe('repairs', () => {
  it('H22: an export whose data plane is gone, with the same address, port and key', async () => {
    const before = await attach(reservation);
    harness.driver.instances.clear();
    harness.driver.secrets.clear();
    const report = await life.reconciler.run();
    expect(report.findings).toEqual([
      expect.objectContaining({ kind: 'attachment_broken', message: expect.stringContaining('backend is not open') }),
    ]);
    expect(outcomes(report)).toEqual(['attachment_broken repaired']);
    expect((await attach(reservation)).access).toEqual(before.access);
    expect(kinds(await life.reconciler.run())).toEqual([]);
  });

  it('H15: a tenant network that was taken away', async () => {
    harness.plugs.plugged.clear();
    expect(outcomes(await life.reconciler.run())).toEqual(['attachment_broken repaired']);
    expect(harness.plugs.plugged.size).toBe(1);
  });

  it('H20: Cinder’s record, where it names another host', async () => {
    await harness.cloud.complete(reservation.attachmentId);
    harness.connectBy('compute-1', reservation.attachmentId);
    expect(outcomes(await life.reconciler.run())).toEqual(['attachment_broken repaired']);
    const { completed } = await harness.cloud.volume(reservation.volumeId);
    expect(completed.get(reservation.attachmentId)?.host).toBe('io-1');
  });

  it('H19: a size that Cinder has changed', async () => {
    harness.changeVolume(reservation.volumeId, { sizeGiB: 2 });
    harness.driver.sizeBytes = 2 * 1024 ** 3;
    expect(outcomes(await life.reconciler.run())).toEqual(['size_outdated repaired']);
    expect(life.attachments.show(reservation.attachmentId).sizeBytes).toBe(2 * 1024 ** 3);
  });

  it('H10: a removal that failed, once it can succeed', async () => {
    const close = harness.driver.close.bind(harness.driver);
    harness.driver.close = () => Promise.reject(new Error('busy'));
    await expect(life.attachments.remove(reservation.attachmentId)).rejects.toThrow();
    expect(outcomes(await life.reconciler.run())).toEqual(['attachment_unfinished failed']);
    harness.driver.close = close;
    expect(outcomes(await life.reconciler.run())).toEqual(['attachment_unfinished repaired']);
    expect(harness.leftovers()).toEqual([]);
  });
});

describe('fencing', () => {
  it('H8: an attachment that has vanished in Cinder is unexported in the same pass, once that is confirmed', async () => {
    harness.cloud.cinderAttachments.delete(reservation.attachmentId);
    const asked = harness.uptime;
    expect(outcomes(await life.reconciler.run())).toEqual(['cinder_attachment_gone repaired']);
    expect(harness.uptime - asked).toBe(5_000);
    expect(harness.leftovers()).toEqual([]);
    expect(life.attachments.list()).toEqual([]);
  });

  it('B8: so is one that was deleted around the hook together with its instance', async () => {
    harness.cloud.cinderAttachments.delete(reservation.attachmentId);
    harness.cloud.instances.delete(reservation.instanceId);
    const asked = harness.uptime;
    expect(outcomes(await life.reconciler.run())).toEqual(['cinder_attachment_gone repaired']);
    expect(harness.uptime - asked).toBe(5_000);
    expect(harness.leftovers()).toEqual([]);
  });

  it('does nothing to one that is back when it is asked about again', async () => {
    const attachment = await harness.cloud.attachment(reservation.attachmentId);
    harness.cloud.cinderAttachments.delete(reservation.attachmentId);
    harness.whileAsleep = () => harness.cloud.cinderAttachments.set(attachment.id, attachment);
    const { repairs } = await life.reconciler.run();
    expect(repairs).toEqual([expect.objectContaining({ message: 'left alone: Cinder has it' })]);
    expect(await exported(reservation)).toBe(true);
  });

  it('B8: the volumes of an instance that is gone for a while are taken down, and out of Cinder', async () => {
    harness.cloud.instances.delete(reservation.instanceId);
    expect(outcomes(await life.reconciler.run())).toEqual(['instance_gone deferred']);
    expect(await exported(reservation)).toBe(true);
    later(300);
    expect(outcomes(await life.reconciler.run())).toEqual(['instance_gone repaired']);
    expect(harness.leftovers()).toEqual([]);
    expect(harness.cloud.cinderAttachments.size).toBe(0);
  });

  it('an instance that comes back begins its grace anew', async () => {
    const instance = await harness.cloud.instance(reservation.instanceId);
    harness.cloud.instances.delete(instance.id);
    await life.reconciler.run();
    harness.cloud.instances.set(instance.id, instance);
    later(200);
    await life.reconciler.run();
    harness.cloud.instances.delete(instance.id);
    later(200);
    expect(outcomes(await life.reconciler.run())).toEqual(['instance_gone deferred']);
  });
});

describe('concludes nothing', () => {
  it.each(['attachment', 'volume', 'instance', 'instanceVolumes', 'seesEverything'] as const)(
    'from the silence of %s',
    async (call) => {
      harness.cloud.cinderAttachments.delete(reservation.attachmentId);
      harness.cloud.instances.delete(reservation.instanceId);
      harness.cloud.silent.add(call);
      for (const silent of ['attachment', 'instance', 'seesEverything'] as const) harness.cloud.silent.add(silent);
      await life.reconciler.run();
      later(1_000);
      const { unanswered } = await life.reconciler.run();
      expect(unanswered.length).toBeGreaterThan(0);
      expect(await exported(reservation)).toBe(true);
    },
  );

  it('from “not found”, where our user has lost its role', async () => {
    harness.cloud.blind = true;
    await life.reconciler.run();
    later(1_000);
    const report = await life.reconciler.run();
    expect(outcomes(report)).toEqual(['cinder_attachment_gone failed']);
    expect(report.repairs[0]?.message).toMatch(/lost the role admin/);
    expect(await exported(reservation)).toBe(true);
  });

  it('about an attachment that comes to its end while the cloud is asked', async () => {
    const other = harness.reserve(reservation.instanceId);
    const grant = harness.driver.grant.bind(harness.driver);
    const { promise: later, resolve: goOn } = Promise.withResolvers<void>();
    harness.driver.grant = async (request) => {
      await later;
      return grant(request);
    };
    const attached = attach(other);
    while (life.journal.attachment(other.attachmentId)?.steps.get('grant') !== 'doing') await new Promise(setImmediate);
    const instance = harness.cloud.instance.bind(harness.cloud);
    harness.cloud.instance = async (id) => {
      goOn();
      await attached;
      return instance(id);
    };
    expect(kinds(await life.reconciler.run())).toEqual([]);
    expect(life.attachments.show(other.attachmentId)).toMatchObject({ status: 'attached' });
  });

  it('about an attachment that is being worked on', async () => {
    const { promise: later, resolve: goOn } = Promise.withResolvers<void>();
    const close = harness.driver.close.bind(harness.driver);
    harness.driver.close = async (key) => {
      await later;
      return close(key);
    };
    const removed = life.attachments.remove(reservation.attachmentId);
    const report = await life.reconciler.run();
    expect(kinds(report)).toEqual([]);
    goOn();
    await removed;
  });
});

describe('takes down what nobody owns, after the grace', () => {
  it('H22: a data plane that the journal doesn’t know', async () => {
    life.journal.forget(reservation.attachmentId);
    expect(outcomes(await life.reconciler.run())).toEqual(['data_plane_unowned deferred', 'network_unowned deferred']);
    later(300);
    expect(outcomes(await life.reconciler.run())).toEqual(['data_plane_unowned repaired', 'network_unowned repaired']);
    expect(harness.leftovers()).toEqual([]);
  });

  it('Neutron ports of ours where nothing is exported', async () => {
    await harness.cloud.createExportPort({ networkId: 'n', host: 'io-1', deviceId: 'x', deviceOwner: 'iorcl:export' });
    await harness.cloud.createExportPort({ networkId: 'n', host: 'io-2', deviceId: 'x', deviceOwner: 'iorcl:export' });
    await life.reconciler.run();
    later(300);
    expect(outcomes(await life.reconciler.run())).toEqual(['address_unowned repaired']);
    expect([...harness.cloud.exportPortsById.values()].map(({ host }) => host)).toEqual(['io-2']);
  });

  it('H21: such a port is not taken from an attach that has just found it', async () => {
    harness.addressMode = 'neutron-port';
    life = harness.start();
    const networkId = harness.addNetwork('green', { segmentationId: 102 });
    const next = harness.reserve(harness.addInstance([networkId]));
    const port = { networkId, host: 'io-1', deviceId: `io-1/${networkId}`, deviceOwner: 'iorcl:export' };
    await harness.cloud.createExportPort(port);
    await life.reconciler.run();
    later(300);
    let attached = Promise.resolve<unknown>(undefined);
    const deletePort = harness.cloud.deletePort.bind(harness.cloud);
    harness.cloud.deletePort = async (id) => {
      attached = attach(next);
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      await deletePort(id);
    };
    expect(outcomes(await life.reconciler.run())).toContain('address_unowned repaired');
    await attached;
    expect((await life.reconciler.run()).findings).toEqual([]);
    expect(life.attachments.show(next.attachmentId).status).toBe('attached');
  });

  it('what carries our mark in the kernel and belongs to no plug', async () => {
    harness.plugs.marked.add('link io-x');
    await life.reconciler.run();
    later(300);
    expect(outcomes(await life.reconciler.run())).toEqual(['kernel_unowned repaired']);
    expect(harness.plugs.marked.size).toBe(0);
  });

  it('each of that by itself: the grace of one, and how many a pass repairs, are not those of another', async () => {
    harness.limits.mostRepairs = 1;
    life = harness.start();
    harness.plugs.marked.add('link io-a').add('link io-b');
    await life.reconciler.run();
    later(300);
    harness.plugs.marked.add('link io-c');
    expect(outcomes(await life.reconciler.run())).toEqual([
      ...['kernel_unowned deferred', 'kernel_unowned deferred', 'kernel_unowned repaired'],
    ]);
    expect([...harness.plugs.marked]).toEqual(['link io-b', 'link io-c']);
    await life.reconciler.run();
    expect([...harness.plugs.marked]).toEqual(['link io-c']);
  });

  it('a data plane without volumes, and what is left of one that has died', async () => {
    const left = { address: 'fe80::1', port: 1, socket: 1, volumes: new Map(), storages: new Map() };
    harness.driver.instances.set('of-nobody', left);
    harness.driver.leftFiles.add('dead');
    const seen = await life.reconciler.run();
    expect(seen.findings.map(({ id }) => id)).toEqual(['data_plane_left:of-nobody', 'data_plane_left:dead']);
    expect(seen.findings[1]?.message).toMatch(/files and keys of a data plane are left that has ended/);
    later(300);
    expect(outcomes(await life.reconciler.run())).toEqual(['data_plane_left repaired', 'data_plane_left repaired']);
    expect([...harness.driver.instances.keys()]).toEqual([reservation.instanceId]);
    expect(harness.driver.leftFiles.size).toBe(0);
    expect((await life.reconciler.run()).findings).toEqual([]);
  });

  it('what is left of an instance that the journal knows is its attachments’ to repair', async () => {
    harness.driver.instances.clear();
    harness.driver.leftFiles.add(reservation.instanceId);
    expect(kinds(await life.reconciler.run({ dryRun: true }))).toEqual(['attachment_broken']);
  });
});

describe('is careful', () => {
  const many = async (count: number): Promise<readonly Reservation[]> => {
    const network = harness.addNetwork('big', { segmentationId: 200 });
    const all = Array.from({ length: count }, () => harness.reserve(harness.addInstance([network])));
    for (const one of all) await attach(one);
    return all;
  };

  it('an outage guard: a cloud that forgets most of its attachments at once is not believed', async () => {
    harness.ports.last = harness.ports.first + 50;
    life = harness.start();
    const all = await many(19);
    for (const { attachmentId } of all) harness.cloud.cinderAttachments.delete(attachmentId);
    const report = await life.reconciler.run();
    expect(report.guarded).toMatch(/19 of 20 attachments would be taken down, more than 4 \(20 %\)/);
    expect(harness.driver.instances.size).toBe(20);

    expect((await life.reconciler.run({ force: true })).guarded).toBeNull();
    expect(harness.driver.instances.size).toBe(1);
  });

  it('repairs only so many in a pass', async () => {
    harness.ports.last = harness.ports.first + 50;
    harness.limits.mostRepairs = 3;
    life = harness.start();
    await many(7);
    harness.driver.instances.clear();
    const count = async () =>
      (await life.reconciler.run()).repairs.filter(({ outcome }) => outcome === 'repaired').length;
    expect([await count(), await count(), await count(), await count()]).toEqual([3, 3, 2, 0]);
  });

  it('dry-run only looks', async () => {
    harness.driver.instances.clear();
    const report = await life.reconciler.run({ dryRun: true });
    expect(kinds(report)).toEqual(['attachment_broken']);
    expect(report.repairs).toEqual([]);
    expect(harness.driver.instances.size).toBe(0);
  });

  it('named findings are repaired at once, and no others', async () => {
    await many(3);
    life.journal.forget(reservation.attachmentId);
    harness.plugs.marked.add('link io-x');
    const { findings } = await life.reconciler.run({ dryRun: true });
    const unowned = findings.find(({ kind }) => kind === 'data_plane_unowned');
    expect(unowned?.repair).toMatchObject({ automatic: true, command: `iorcl doctor --repair '${unowned?.id}'` });
    const report = await life.reconciler.run({ only: [unowned?.id ?? ''] });
    expect(outcomes(report)).toEqual(['data_plane_unowned repaired']);
    expect(harness.driver.instances.size).toBe(3);
    expect(harness.plugs.marked.size).toBe(1);
    expect(outcomes(await life.reconciler.run({ only: [unowned?.id ?? ''] }))).toEqual([]);
  });

  it('one pass at a time, and none after stop', async () => {
    const passes = Promise.all([life.reconciler.run(), life.reconciler.run()]);
    await life.reconciler.stop();
    const [first, second] = await passes;
    expect(first).not.toBe(second);
  });
});

describe('leaves to a person', () => {
  it('a volume that Nova doesn’t record on the instance', async () => {
    harness.cloud.instanceVolumes = async () => new Map();
    const report = await life.reconciler.run();
    expect(report.findings).toEqual([
      expect.objectContaining({ kind: 'nova_record_differs', repair: expect.objectContaining({ automatic: false }) }),
    ]);
    expect(report.repairs).toEqual([]);
  });

  it('one for which Nova records another attachment', async () => {
    harness.cloud.instanceVolumes = async () => new Map([[reservation.volumeId, 'another']]);
    const { findings, repairs } = await life.reconciler.run();
    expect(findings).toMatchObject([
      {
        kind: 'nova_record_differs',
        message: expect.stringMatching(/Nova records attachment another for volume/),
        repair: { automatic: false, command: `iorcl attachment delete ${reservation.attachmentId}` },
      },
    ]);
    expect(repairs).toEqual([]);
  });

  it('neither of the two attachments of a live migration, whichever Nova records', async () => {
    const destination = harness.reserve(reservation.instanceId, reservation.volumeId);
    harness.change(reservation.instanceId, { taskState: 'migrating' });
    await life.attachments.create({ attachmentId: destination.attachmentId, computeHost: 'compute-2' });
    for (const { attachmentId } of [reservation, destination]) {
      harness.cloud.instanceVolumes = async () => new Map([[reservation.volumeId, attachmentId]]);
      expect(kinds(await life.reconciler.run())).toEqual([]);
    }
  });

  describe('a volume that Cinder has connected here, and the journal doesn’t know', () => {
    let stranger: Reservation;
    beforeEach(async () => {
      stranger = harness.reserve(harness.addInstance([harness.addNetwork('green', { segmentationId: 102 })]));
      harness.connectAtCreation(stranger.attachmentId);
      await harness.cloud.complete(stranger.attachmentId);
    });

    it('also of an instance of which the journal knows nothing', async () => {
      const { instanceId, volumeId, attachmentId } = stranger;
      const { findings, repairs } = await life.reconciler.run();
      expect(findings).toMatchObject([
        {
          ...{ kind: 'cinder_attachment_unowned', instanceId, volumeId, attachmentId },
          repair: { automatic: false, command: `openstack server remove volume ${instanceId} ${volumeId}` },
        },
      ]);
      expect(repairs).toEqual([]);
    });

    it('not while Nova is telling Cinder of its detach', async () => {
      const attachment = harness.cloud.attachment.bind(harness.cloud);
      harness.cloud.attachment = async (id) => {
        if (id === stranger.attachmentId) harness.cloud.cinderAttachments.delete(id);
        return attachment(id);
      };
      expect(kinds(await life.reconciler.run())).toEqual([]);
    });

    it('not where Cinder doesn’t answer', async () => {
      harness.cloud.silent.add('connectedTo');
      const report = await life.reconciler.run();
      expect(kinds(report)).toEqual([]);
      expect(report.unanswered).toEqual([expect.stringContaining('volumes of this host')]);
    });
  });

  it('a data plane of nobody’s that can’t be looked into', async () => {
    const { inspect } = harness.driver;
    harness.driver.leftFiles.add('silent');
    harness.driver.inspect = async (id) => {
      if (id === 'silent') throw new Error('QMP: no answer');
      return inspect.call(harness.driver, id);
    };
    const { findings } = await life.reconciler.run();
    expect(findings).toMatchObject([
      {
        kind: 'data_plane_silent',
        message: expect.stringContaining('no answer'),
        repair: { command: 'pgrep -af silent' },
      },
    ]);
  });

  it('every kind of finding with one command', async () => {
    harness.cloud.instanceVolumes = async () => new Map();
    harness.driver.instances.clear();
    harness.plugs.marked.add('link io-x');
    const { findings } = await life.reconciler.run({ dryRun: true });
    expect(findings.length).toBeGreaterThan(2);
    for (const { repair } of findings) expect(repair.command).toMatch(/^(iorcl|openstack|pgrep) /);
  });

  it('the only volume of an io instance that nobody here knows, since its compute host attached it by itself', async () => {
    const red = harness.addNetwork('red', { segmentationId: 102 });
    const stranger = harness.reserve(harness.addInstance([red]));
    const plain = harness.reserve(harness.addInstance([red], {}));
    for (const { attachmentId } of [stranger, plain]) harness.connectBy('compute-1', attachmentId);
    const { findings, repairs } = await life.reconciler.run();
    const { instanceId, volumeId } = stranger;
    expect(findings).toEqual([expect.objectContaining({ kind: 'host_without_hook', instanceId, volumeId })]);
    expect(repairs).toEqual([]);
  });

  it('a volume of an io instance that its compute host attached by itself', async () => {
    const other = harness.reserve(reservation.instanceId);
    harness.connectBy('compute-1', other.attachmentId);
    const report = await life.reconciler.run();
    expect(report.findings).toEqual([
      expect.objectContaining({ kind: 'host_without_hook', message: expect.stringContaining('compute-1') }),
    ]);
    expect(report.repairs).toEqual([]);
  });
});
