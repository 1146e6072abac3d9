import { describe, expect, it } from 'vitest';
import type { DiskPlace } from '../importers/contract.ts';
import { connectionInfo } from './connection-info.ts';

const traits = { accessMode: 'ro', qosSpecs: { total_iops_sec: '5' }, cacheable: true } as const;

describe('connection_info', () => {
  it.each<[DiskPlace, object]>([
    [
      { kind: 'file', path: '/i/a/disk' },
      { driver_volume_type: 'gpfs', device_path: '/i/a/disk' },
    ],
    [
      { kind: 'block', path: '/i/a/disk' },
      { driver_volume_type: 'local', device_path: '/i/a/disk' },
    ],
    [
      { kind: 'nbd-socket', path: '/i/a/nbd.sock', exportName: 'disk' },
      { driver_volume_type: 'iorcl', transport: 'unix', socket_path: '/i/a/nbd.sock', export_name: 'disk' },
    ],
    [
      {
        ...{ kind: 'nvmeof', path: '/dev/disk/by-id/nvme-uuid.u', subsystemNqn: 'nqn.s', hostNqn: 'nqn.h' },
        ...{ namespaceUuid: 'u', portals: [['fe80::1%io0', '10809', 'tcp']] },
      },
      {
        ...{ driver_volume_type: 'nvmeof', target_nqn: 'nqn.s', host_nqn: 'nqn.h', vol_uuid: 'u' },
        portals: [['fe80::1%io0', '10809', 'tcp']],
      },
    ],
  ])('of %o is flat, as Nova folds it, with the traits of the volume', (place, connection) => {
    expect(connectionInfo('a', 'v', place, traits)).toEqual({
      ...connection,
      volume_id: 'v',
      attachment_id: 'a',
      access_mode: 'ro',
      qos_specs: { total_iops_sec: '5' },
      encrypted: false,
      cacheable: true,
      imported_by: 'iorcl',
    });
  });
});
