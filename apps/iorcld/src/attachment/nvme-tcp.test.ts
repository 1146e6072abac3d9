import { createAttachmentResponseSchema } from '@iorcl/api';
import { DriverError, dhChapSecret } from '@iorcl/iohyp-driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeNvmeDriver } from '../../test/fake-nvme-driver.ts';
import { Harness, type Life, type Reservation } from '../../test/harness.ts';

let driver: FakeNvmeDriver;
let harness: Harness;
let life: Life;
let source: Reservation;

beforeEach(() => {
  driver = new FakeNvmeDriver();
  harness = new Harness({ driver });
  life = harness.start();
  source = harness.reserveOne();
});
afterEach(() => harness.end());

const attach = ({ attachmentId }: Reservation, computeHost = 'compute-1') =>
  life.attachments.create({ attachmentId, computeHost });

describe('with a driver that speaks NVMe/TCP', () => {
  it('the compute host is told by which names and with which key it is let in', async () => {
    const answer = createAttachmentResponseSchema.parse(await attach(source));
    const [identity = ''] = driver.secrets.keys();
    expect(answer.access).toEqual({
      transport: 'nvme-tcp',
      address: 'fe80::1',
      port: harness.ports.first,
      sizeBytes: 1024 ** 3,
      readOnly: false,
      subsystemNqn: `nqn.2026-01.org.iorcl:volume:${source.attachmentId}`,
      namespaceUuid: source.attachmentId,
      hostNqn: `nqn.2026-01.org.iorcl:client:${source.instanceId}:${identity}`,
      dhChapSecret: dhChapSecret(driver.secrets.get(identity) ?? ''),
    });
    expect(harness.log.join('')).not.toContain('DHHC-1');
  });

  it('H22: it is told the same after a restart', async () => {
    const before = await attach(source);
    life = harness.start();
    await life.attachments.adoptAll();
    expect((await attach(source)).access).toEqual(before.access);
  });

  it('H22: it is told the same after the journal was lost', async () => {
    const before = await attach(source);
    life.journal.setLost({ aside: 'journal.damaged', why: 'test' });
    life.journal.forget(source.attachmentId);
    await life.reconciler.run({});
    expect((await attach(source)).access).toEqual(before.access);
  });

  it('B9: the end of a live migration cuts the source off, and the export goes on meanwhile', async () => {
    await attach(source);
    harness.change(source.instanceId, { taskState: 'migrating' });
    const destination = harness.reserve(source.instanceId, source.volumeId);
    const second = await attach(destination, 'compute-2');
    await life.attachments.remove(source.attachmentId);
    expect(driver.cutOffs).toEqual([source.attachmentId]);
    expect(driver.exportings.get(source.attachmentId)).toBe(1);
    const state = await driver.inspect(source.instanceId);
    expect(state?.volumes).toMatchObject([{ exportName: source.attachmentId, grants: [expect.any(String)] }]);
    expect(second.access).toMatchObject({ subsystemNqn: `nqn.2026-01.org.iorcl:volume:${source.attachmentId}` });
    await life.attachments.remove(destination.attachmentId);
    expect([...driver.instances.keys(), ...driver.secrets.keys(), ...harness.leftovers()]).toEqual([]);
  });

  it('H10 H17: what the driver can not do is refused in its words, and nothing is left', async () => {
    driver.open = async () => {
      throw new DriverError('not_supported', 'the kernel exports every namespace writable; use driver qsd');
    };
    await expect(attach(source)).rejects.toMatchObject({
      code: 'volume_refused',
      message: expect.stringContaining('use driver qsd'),
    });
    expect([...driver.instances.keys(), ...driver.secrets.keys(), ...harness.leftovers()]).toEqual([]);
  });
});
