import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness, type Life, type Reservation } from '../../test/harness.ts';

let harness: Harness;
let life: Life;
let one: Reservation;
let other: Reservation;

beforeEach(() => {
  harness = new Harness();
  life = harness.start();
  const network = harness.addNetwork('blue', { segmentationId: 101 });
  one = harness.reserve(harness.addInstance([network]), harness.addVolume({ multiattach: true }));
  other = harness.reserve(harness.addInstance([network]), one.volumeId);
});
afterEach(() => harness.end());

const attach = ({ attachmentId }: Reservation, computeHost = 'compute-1') =>
  life.attachments.create({ attachmentId, computeHost });

describe('H17: a volume that Cinder calls multiattach', () => {
  it('is attached to two instances, each by a data plane of its own, opened for several writers', async () => {
    const answers = await Promise.all([attach(one), attach(other)]);
    for (const { attachmentId, instanceId } of [one, other]) {
      const opened = (await harness.driver.inspect(instanceId))?.volumes ?? [];
      expect(opened).toMatchObject([{ attachmentId, exportName: attachmentId }]);
      expect(opened[0]?.grants).toHaveLength(1);
      expect(harness.driver.shareable).toContain(`${instanceId}/${attachmentId}`);
    }
    expect(answers.map(({ attachment }) => attachment.status)).toEqual(['attached', 'attached']);
  });

  it('detached from one, it stays with the other, also after a restart', async () => {
    await attach(one);
    await attach(other);
    await life.attachments.remove(one.attachmentId);
    life = harness.start();
    await life.attachments.adoptAll();
    expect(life.attachments.list()).toMatchObject([{ id: other.attachmentId, status: 'attached' }]);
    expect(await harness.driver.inspect(one.instanceId)).toBeUndefined();
    await life.attachments.remove(other.attachmentId);
    expect(harness.leftovers()).toEqual([]);
  });

  it('of one instance it has two attachments only for a live migration, as any other volume', async () => {
    await attach(one);
    await attach(other);
    const again = harness.reserve(one.instanceId, one.volumeId);
    await expect(attach(again, 'compute-2')).rejects.toMatchObject({
      code: 'attachment_conflict',
      message: expect.stringContaining('not migrating'),
    });
    harness.change(one.instanceId, { taskState: 'migrating' });
    const { access } = await attach(again, 'compute-2');
    expect(access).toMatchObject({ exportName: one.attachmentId });
  });
});
