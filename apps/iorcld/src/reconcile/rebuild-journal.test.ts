import { readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness, type Life, type Reservation } from '../../test/harness.ts';

let harness: Harness;
let life: Life;
let reservation: Reservation;

beforeEach(async () => {
  harness = new Harness();
  life = harness.start();
  reservation = harness.reserveOne();
});
afterEach(() => harness.end());

const attach = ({ attachmentId }: Reservation, computeHost = 'compute-1') =>
  life.attachments.create({ attachmentId, computeHost });

function damage(): void {
  harness.stop();
  writeFileSync(harness.journalFile, 'this is no database, and it is long enough to look like one '.repeat(20));
  life = harness.start();
}

describe('H22: a damaged journal', () => {
  it('is moved aside and rebuilt from Cinder and what runs; nobody is cut off', async () => {
    const before = await attach(reservation);
    await life.attachments.setQos(reservation.attachmentId, { iopsTotal: 77 });
    damage();
    expect(
      readdirSync(dirname(harness.journalFile)).filter((name) => name.includes('.damaged-')).length,
    ).toBeGreaterThan(0);
    expect((await life.reconciler.run()).findings).toEqual([]);

    const after = await attach(reservation);
    expect(after.access).toEqual(before.access);
    expect(harness.driver.exportings.get(reservation.attachmentId)).toBe(1);
    expect((await harness.driver.inspect(reservation.instanceId))?.volumes[0]?.qos).toEqual({ iopsTotal: 77 });
    await life.attachments.remove(reservation.attachmentId);
    expect(harness.leftovers()).toEqual([]);
  });

  it('of a flavor with limits of its own leaves its stages as they are', async () => {
    const extraSpecs = { 'io:enabled': '1', 'quota:disk_total_iops_sec': '300' };
    harness.change(reservation.instanceId, { extraSpecs });
    await attach(reservation);
    damage();
    expect((await life.reconciler.run()).findings).toEqual([]);
    await attach(reservation);
    expect(harness.driver.exportings.get(reservation.attachmentId)).toBe(1);
    expect(life.journal.attachment(reservation.attachmentId)?.plan.flavorLimits).toEqual({ iopsTotal: 300 });
  });

  it('in the middle of a live migration gives both attachments back', async () => {
    await attach(reservation);
    harness.change(reservation.instanceId, { taskState: 'migrating' });
    const destination = harness.reserve(reservation.instanceId, reservation.volumeId);
    const second = await attach(destination, 'compute-2');
    damage();
    await life.reconciler.run();
    expect((await attach(destination, 'compute-2')).access).toEqual(second.access);
    await life.attachments.remove(reservation.attachmentId);
    await life.attachments.remove(destination.attachmentId);
    expect(harness.leftovers()).toEqual([]);
  });

  it('that can’t be rebuilt yet: nothing is said to be gone, nothing is attached, nothing taken down', async () => {
    await attach(reservation);
    damage();
    harness.cloud.silent.add('attachment');
    const report = await life.reconciler.run({ force: true });
    expect(report.unanswered).toEqual([expect.stringContaining(reservation.attachmentId)]);
    await expect(life.attachments.remove(reservation.attachmentId)).rejects.toMatchObject({
      code: 'cloud_unavailable',
      retryable: true,
    });
    await expect(attach(harness.reserve(reservation.instanceId))).rejects.toMatchObject({ code: 'cloud_unavailable' });
    expect(harness.driver.instances.size).toBe(1);

    harness.cloud.silent.clear();
    life = harness.start();
    expect((await life.reconciler.run()).findings).toEqual([]);
    await life.attachments.remove(reservation.attachmentId);
    expect(harness.leftovers()).toEqual([]);
  });

  it('what Cinder has no more is not given back, and is fenced', async () => {
    await attach(reservation);
    damage();
    harness.cloud.cinderAttachments.delete(reservation.attachmentId);
    await life.reconciler.run();
    harness.uptime += 300_000;
    await life.reconciler.run();
    expect(harness.leftovers()).toEqual([]);
    expect(life.attachments.list()).toEqual([]);
  });

  it('a right of a host that Nova doesn’t know is left for a person', async () => {
    await attach(reservation, 'elsewhere');
    damage();
    expect((await life.reconciler.run()).unanswered).toEqual([
      expect.stringContaining('no compute host that Nova knows'),
    ]);
    expect(harness.driver.instances.size).toBe(1);
  });
});
