import { describe, expect, it } from 'vitest';
import { missing } from '../qsd/installed.ts';
import { QsdSite } from '../qsd/qsd-site.ts';
import { blockModule } from './block-module.ts';
import { IQN, IscsiTarget } from './iscsi-target.ts';
import { openingOf, useVolume } from './used-volume.ts';

const reason = missing('qemu-storage-daemon', 'qemu-io', 'qemu-img', 'tgtd', 'tgtadm') ?? blockModule('iscsi');
const MIB = 1024 * 1024;
const iscsi = { initiatorName: 'iqn.1993-08.org.debian:01:io-host-1' };
const chap = { user: 'cinder', password: 'correct-horse' };

describe.skipIf(reason)(`backend iscsi on a real tgt${reason === undefined ? '' : ` (${reason})`}`, () => {
  it('H5: what a client writes arrives at the target; a portal that is down is passed over', async () => {
    await using site = await QsdSite.create({ backends: { iscsi } });
    const volume = await site.newVolume(2 * MIB);
    await using target = await IscsiTarget.start(volume.path);
    const down = `127.0.0.1:${(await site.newListener()).port}`;
    const { state, client, end } = await useVolume(site, {
      driver_volume_type: 'iscsi',
      data: {
        target_portal: down,
        target_portals: [down, ...target.portals],
        target_iqn: IQN,
        target_iqns: [IQN, IQN, IQN],
        target_lun: 1,
        target_luns: [1, 1, 1],
        target_discovered: false,
        volume_id: 'b6c3',
      },
    });
    expect(state).toMatchObject({ backend: 'iscsi', sizeBytes: 2 * MIB, readOnly: false });
    await client.write(512, 1024, 0x2b);
    expect(await volume.read(512, 1024)).toEqual(Buffer.alloc(1024, 0x2b));
    await end();
  });

  it('H5: CHAP: the right password opens, another one or none does not, and no message holds it', async () => {
    await using site = await QsdSite.create({ backends: { iscsi } });
    const volume = await site.newVolume(MIB);
    await using target = await IscsiTarget.start(volume.path, chap);
    const open = { driver_volume_type: 'iscsi', target_portal: target.portals[0], target_iqn: IQN, target_lun: 1 };
    const withChap = (auth_password: string) =>
      ({ ...open, auth_method: 'CHAP', auth_username: chap.user, auth_password }) as const;
    const { client, end } = await useVolume(site, withChap(chap.password));
    await client.write(0, 4096, 0x2c);
    expect(await volume.read(0, 4096)).toEqual(Buffer.alloc(4096, 0x2c));
    const [daemon] = await site.daemons();
    expect(daemon?.args.join(' ')).not.toContain(chap.password);
    await end();
    for (const connectionInfo of [withChap('wrong-horse-battery'), open]) {
      const refusal = await openingOf(site, connectionInfo);
      expect(refusal).toMatchObject({ code: 'backend_failed' });
      expect(String(refusal)).not.toContain('horse');
    }
  });

  it('H5: a portal that answers and lets nobody log in is passed over; when all do, each is named', async () => {
    await using site = await QsdSite.create({ backends: { iscsi } });
    const [volume, others] = [await site.newVolume(2 * MIB), await site.newVolume(MIB)];
    await using target = await IscsiTarget.start(volume.path);
    await using stranger = await IscsiTarget.start(others.path, undefined, `${IQN}-another`);
    const portals = [...stranger.portals, ...target.portals];
    const info = { driver_volume_type: 'iscsi', target_portal: portals[0], target_iqn: IQN, target_lun: 1 };
    const { state, client, end } = await useVolume(site, { ...info, target_portals: portals });
    expect(state.sizeBytes).toBe(2 * MIB);
    await client.write(0, 4096, 0x2d);
    expect(await volume.read(0, 4096)).toEqual(Buffer.alloc(4096, 0x2d));
    await end();
    const refused = await openingOf(site, { ...info, target_portals: stranger.portals });
    expect(refused).toMatchObject({ code: 'backend_failed' });
    for (const portal of stranger.portals) {
      expect(String(refused)).toContain(portal);
    }
  });

  it('what a logical unit is, nobody tells: an expected id is refused before a daemon runs', async () => {
    await using site = await QsdSite.create({ backends: { iscsi } });
    await using target = await IscsiTarget.start((await site.newVolume(MIB)).path);
    const info = { driver_volume_type: 'iscsi', target_portal: target.portals[0], target_iqn: IQN, target_lun: 1 };
    expect(await openingOf(site, info, { id: IQN })).toMatchObject({
      code: 'wrong_volume',
      message: expect.stringContaining('has no id that its backend tells'),
    });
    expect(await openingOf(site, info, { sizeBytes: 2 * MIB })).toMatchObject({ code: 'wrong_volume' });
  });

  it('H5: no portal that answers, and fields that make no sense, are refused by name; nothing is left', async () => {
    await using site = await QsdSite.create({ backends: { iscsi } });
    const down = `127.0.0.1:${(await site.newListener()).port}`;
    const info = { driver_volume_type: 'iscsi', target_portal: down, target_iqn: IQN, target_lun: 1 };
    expect(await openingOf(site, info)).toMatchObject({
      code: 'backend_failed',
      retryable: true,
      message: expect.stringContaining(down),
    });
    for (const [field, value] of [
      ['target_portal', '127.0.0.1'],
      ['target_iqn', 'iqn.x y'],
      ['target_lun', -1],
      ['auth_method', 'SRP'],
    ] as const) {
      expect(await openingOf(site, { ...info, [field]: value })).toMatchObject({
        code: 'bad_connection_info',
        message: expect.stringContaining(field),
      });
    }
    const secret = await openingOf(site, { ...info, auth_method: 'CHAP', auth_username: 'x', auth_password: 17 });
    expect(String(secret)).toContain('auth_password is ill-formed (not shown');
  });

  it('H5: without an initiator name in the configuration iSCSI volumes are refused', async () => {
    await using site = await QsdSite.create();
    const info = { driver_volume_type: 'iscsi', target_portal: '127.0.0.1:3260', target_iqn: IQN, target_lun: 1 };
    expect(await openingOf(site, info)).toMatchObject({ message: expect.stringContaining('initiatorName') });
  });
});
