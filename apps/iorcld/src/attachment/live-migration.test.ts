import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness, type Life, type Reservation } from '../../test/harness.ts';
import { nbd } from '../../test/nbd-access.ts';

const GIB = 1024 ** 3;

let harness: Harness;
let life: Life;
let source: Reservation;
let destination: Reservation;

beforeEach(async () => {
  harness = new Harness();
  life = harness.start();
  source = harness.reserveOne();
  await attach(source, 'compute-1');
  destination = harness.reserve(source.instanceId, source.volumeId);
});
afterEach(() => harness.end());

const attach = ({ attachmentId }: Reservation, computeHost: string) =>
  life.attachments.create({ attachmentId, computeHost });
const migrating = (taskState: string | undefined = 'migrating'): void =>
  harness.change(source.instanceId, { taskState });
const opened = async () => (await harness.driver.inspect(source.instanceId))?.volumes ?? [];

describe('B9: while Nova migrates an instance live', () => {
  it('both compute hosts have a right of their own to one export of one opened volume', async () => {
    migrating();
    const first = await attach(source, 'compute-1');
    const second = await attach(destination, 'compute-2');

    expect(await opened()).toEqual([
      expect.objectContaining({
        attachmentId: source.attachmentId,
        exportName: source.attachmentId,
        grants: [nbd(first).tls.identity, nbd(second).tls.identity],
      }),
    ]);
    expect(second.access).toMatchObject({ exportName: nbd(first).exportName, address: first.access.address });
    expect(nbd(second).tls.identity).not.toBe(nbd(first).tls.identity);
    expect(nbd(second).tls.secretHex).not.toBe(nbd(first).tls.secretHex);
    // H20: both of Cinder's attachments name the I/O host.
    expect([...harness.cloud.connectors.values()].map(({ host }) => host)).toEqual(['io-1', 'io-1']);
  });

  it('its end takes the source’s right away and cuts it off; the destination goes on', async () => {
    migrating();
    const first = await attach(source, 'compute-1');
    const second = await attach(destination, 'compute-2');
    await life.attachments.remove(source.attachmentId);

    expect(await opened()).toEqual([
      expect.objectContaining({ exportName: source.attachmentId, grants: [nbd(second).tls.identity] }),
    ]);
    expect(harness.driver.secrets.has(nbd(first).tls.identity)).toBe(false);
    // Open connections of the source ended with the export that was there before.
    expect(harness.driver.exportings.get(source.attachmentId)).toBe(2);

    await life.attachments.remove(destination.attachmentId);
    expect(harness.leftovers()).toEqual([]);
  });

  it('its failure takes the destination’s right away; the source goes on', async () => {
    migrating();
    const first = await attach(source, 'compute-1');
    await attach(destination, 'compute-2');
    await life.attachments.remove(destination.attachmentId);
    expect(await opened()).toEqual([expect.objectContaining({ grants: [nbd(first).tls.identity] })]);
    await life.attachments.remove(source.attachmentId);
    expect(harness.leftovers()).toEqual([]);
  });

  it('a destination that can’t be given a right leaves the source as it was', async () => {
    migrating();
    const first = await attach(source, 'compute-1');
    const grant = harness.driver.grant.bind(harness.driver);
    harness.driver.grant = () => Promise.reject(new Error('no'));
    await expect(attach(destination, 'compute-2')).rejects.toMatchObject({ code: 'step_failed' });
    harness.driver.grant = grant;
    expect(await opened()).toEqual([
      expect.objectContaining({ exportName: source.attachmentId, grants: [nbd(first).tls.identity] }),
    ]);
    expect(life.attachments.list()).toHaveLength(1);
  });

  it('it may go on to a third host, and the volume stays the one that was opened first', async () => {
    migrating();
    await attach(destination, 'compute-2');
    await life.attachments.remove(source.attachmentId);
    const third = harness.reserve(source.instanceId, source.volumeId);
    const access = nbd(await attach(third, 'compute-3'));
    expect(access.exportName).toBe(source.attachmentId);
    await life.attachments.remove(destination.attachmentId);
    expect(await opened()).toEqual([expect.objectContaining({ grants: [access.tls.identity] })]);
    await life.attachments.remove(third.attachmentId);
    expect(harness.leftovers()).toEqual([]);
  });

  it.each([
    ['plain', 0],
    ['encrypted', 2 * 1024 ** 2],
  ])('H19: a volume (%s) that grows meanwhile has grown for both', async (kind, header) => {
    if (kind === 'encrypted') {
      await life.attachments.remove(source.attachmentId);
      harness.changeVolume(source.volumeId, { encrypted: true });
      harness.cloud.connectionInfo = { driver_volume_type: 'fake', encrypted: true };
      harness.cloud.cinderAttachments.delete(destination.attachmentId);
      await attach(source, 'compute-1');
      destination = harness.reserve(source.instanceId, source.volumeId);
    }
    migrating();
    await attach(destination, 'compute-2');
    harness.changeVolume(source.volumeId, { sizeGiB: 2 });
    harness.driver.sizeBytes = 2 * GIB;
    const exportedBytes = 2 * GIB - header;
    expect(await life.attachments.resize(source.attachmentId)).toMatchObject({ exportedBytes });
    expect((await attach(destination, 'compute-2')).access.sizeBytes).toBe(exportedBytes);
    expect(await life.attachments.resize(destination.attachmentId)).toMatchObject({ exportedBytes });
    await life.attachments.remove(source.attachmentId);
    expect((await attach(destination, 'compute-2')).access.sizeBytes).toBe(exportedBytes);
    expect(life.attachments.list()).toMatchObject([{ status: 'attached', sizeBytes: 2 * GIB, fault: null }]);
  });

  it('a driver that can’t limit or decrypt serves both hosts as well', async () => {
    harness.driver.capabilities = { ...harness.driver.capabilities, interposers: [] };
    life = harness.start();
    source = harness.reserveOne();
    await attach(source, 'compute-1');
    destination = harness.reserve(source.instanceId, source.volumeId);
    migrating();
    const second = await attach(destination, 'compute-2');
    expect(await opened()).toEqual([expect.objectContaining({ interposers: [], exportName: source.attachmentId })]);
    await life.attachments.remove(source.attachmentId);
    expect(await opened()).toEqual([expect.objectContaining({ grants: [nbd(second).tls.identity] })]);
    await life.attachments.remove(destination.attachmentId);
    expect(await opened()).toEqual([]);
  });

  it('H22: a restart in the middle adopts both, with the same addresses and keys', async () => {
    migrating();
    const before = [await attach(source, 'compute-1'), await attach(destination, 'compute-2')];
    harness.driver.instances.clear();
    harness.driver.secrets.clear();
    life = harness.start();
    await life.attachments.adoptAll();
    const after = [await attach(source, 'compute-1'), await attach(destination, 'compute-2')];
    expect(after.map(({ access }) => access)).toEqual(before.map(({ access }) => access));
    expect(await opened()).toHaveLength(1);
  });
});

it('H4: whatever Cinder says of the connection meanwhile, a detach closes what was opened', async () => {
  migrating();
  harness.cloud.connectionInfo = { driver_volume_type: 'fake', target: 'of the destination' };
  await attach(destination, 'compute-2');
  await life.attachments.remove(destination.attachmentId);
  const attachment = await harness.cloud.attachment(source.attachmentId);
  const connectionInfo = { driver_volume_type: 'iscsi', target_iqn: 'of somebody else' };
  harness.cloud.cinderAttachments.set(source.attachmentId, { ...attachment, connectionInfo });
  await life.attachments.remove(source.attachmentId);
  expect(harness.leftovers()).toEqual([]);
});

it('limits and size hold for both hosts, whichever was asked', async () => {
  await life.attachments.setQos(source.attachmentId, { iopsTotal: 100 });
  harness.changeVolume(source.volumeId, { sizeGiB: 2 });
  harness.driver.sizeBytes = 2 * 1024 ** 3;
  migrating();
  expect((await attach(destination, 'compute-2')).access.sizeBytes).toBe(2 * 1024 ** 3);
  expect((await attach(source, 'compute-1')).access.sizeBytes).toBe(2 * 1024 ** 3);
  expect(await opened()).toEqual([expect.objectContaining({ qos: { iopsTotal: 100 }, sizeBytes: 2 * 1024 ** 3 })]);
  await life.attachments.setQos(destination.attachmentId, { iopsTotal: 50 });
  await life.attachments.repair(source.attachmentId);
  expect(await opened()).toEqual([expect.objectContaining({ qos: { iopsTotal: 50 } })]);
});

it('H18: what was lost and opened anew is exported only with its stages', async () => {
  migrating();
  await attach(destination, 'compute-2');
  harness.driver.instances.clear();
  const interpose = harness.driver.interpose.bind(harness.driver);
  harness.driver.interpose = () => Promise.reject(new Error('no'));
  await expect(life.attachments.repair(destination.attachmentId)).rejects.toThrow();
  await life.attachments.remove(source.attachmentId);
  expect(await opened()).toEqual([expect.objectContaining({ exportName: undefined, interposers: [] })]);
  harness.driver.interpose = interpose;
  await life.attachments.repair(destination.attachmentId);
  expect(await opened()).toEqual([
    expect.objectContaining({ exportName: source.attachmentId, interposers: ['throttle'] }),
  ]);
});

it('H10: what the source exported is taken down by a destination that never came so far itself', async () => {
  migrating();
  const revoke = harness.driver.revoke.bind(harness.driver);
  harness.driver.grant = () => Promise.reject(new Error('no'));
  // The destination fails, and can't be undone at first.
  harness.driver.revoke = () => Promise.reject(new Error('no'));
  await expect(attach(destination, 'compute-2')).rejects.toThrow();
  harness.driver.revoke = revoke;
  await life.attachments.remove(source.attachmentId);
  await life.attachments.remove(destination.attachmentId);
  expect(harness.leftovers()).toEqual([]);
});

describe('H17: a second attachment of a volume is refused', () => {
  const refused = (message: RegExp) => ({ code: 'attachment_conflict', message: expect.stringMatching(message) });

  it('for an instance that is not being migrated', async () => {
    await expect(attach(destination, 'compute-2')).rejects.toMatchObject(refused(/task is none, expected migrating/));
    migrating('resize_prep');
    await expect(attach(destination, 'compute-2')).rejects.toMatchObject(refused(/task is resize_prep/));
  });
  it('for the same compute host', async () => {
    migrating();
    await expect(attach(destination, 'compute-1')).rejects.toMatchObject(refused(/between two hosts/));
  });
  it('for a third host at once', async () => {
    migrating();
    await attach(destination, 'compute-2');
    const third = harness.reserve(source.instanceId, source.volumeId);
    await expect(attach(third, 'compute-3')).rejects.toMatchObject(refused(/between two hosts/));
  });
  it('where Nova can’t be asked', async () => {
    migrating();
    const instance = harness.cloud.instance.bind(harness.cloud);
    let asked = 0;
    harness.cloud.instance = (id) => {
      asked++;
      if (asked === 2) harness.cloud.silent.add('instance');
      return instance(id);
    };
    await expect(attach(destination, 'compute-2')).rejects.toMatchObject({ code: 'cloud_unavailable' });
    expect(await opened()).toHaveLength(1);
  });
  it('beside one that is being removed', async () => {
    migrating();
    harness.driver.close = () => Promise.reject(new Error('busy'));
    await expect(life.attachments.remove(source.attachmentId)).rejects.toMatchObject({ code: 'cleanup_failed' });
    await expect(attach(destination, 'compute-2')).rejects.toMatchObject({ code: 'attachment_conflict' });
  });
});
