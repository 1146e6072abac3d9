import type { NvmeTcpAccess } from '@iorcl/api';
import { describe, expect, it } from 'vitest';
import { importRecord } from '../../../test/import-record.ts';
import { fabricsOptions } from './fabrics-options.ts';
import { connectionTo, nvmeTcpAccess, placeOf } from './nvme-connection.ts';

const access: NvmeTcpAccess = {
  transport: 'nvme-tcp',
  address: 'fe80::2',
  port: 10809,
  sizeBytes: 1024,
  readOnly: false,
  subsystemNqn: 'nqn.2026-01.org.iorcl:volume:i:a',
  namespaceUuid: '56858951-2fa8-45b5-bc5a-e636ae67e47b',
  hostNqn: 'nqn.2026-01.org.iorcl:client:i:a.1',
  dhChapSecret: 'DHHC-1:00:ia6zGodOr4SEG0Zzaw398rpY0wqipUWj4jWjUh4HWUz6aQ2n:',
};
const link = { interfaceName: 'io120-abcdefg', linkLocal: 'fe80::7' };
const connection = connectionTo(access, link);

describe('the connection of an NVMe/TCP import', () => {
  it('has the link as the scope of a link-local address, and of no other', () => {
    expect(connection.address).toBe('fe80::2%io120-abcdefg');
    expect(connectionTo({ ...access, address: '10.0.0.1' }, link).address).toBe('10.0.0.1');
  });

  it('is found by os-brick with and without what Linux adds to its address, and told without the key', () => {
    const place = placeOf(connection);
    expect(place).toMatchObject({
      portals: [
        ['fe80::2%io120-abcdefg', '10809', 'tcp'],
        ['fe80::2%io120-abcdefg', '10809,src_addr=fe80::7', 'tcp'],
      ],
    });
    expect(JSON.stringify([place, connection])).not.toContain('DHHC-1');
  });

  it('leaves no bound to the kernel, and has one host id per host NQN', () => {
    const options = (hostNqn: string) =>
      fabricsOptions({
        connection: { ...connection, hostNqn },
        dhChapSecret: access.dhChapSecret,
        failAfterSeconds: 300,
      });
    const one = options('nqn.one');
    expect(one.map((option) => option.split('=')[0])).toEqual([
      ...['transport', 'traddr', 'trsvcid', 'nqn', 'hostnqn', 'hostid', 'dhchap_secret'],
      ...['nr_io_queues', 'keep_alive_tmo', 'reconnect_delay', 'fast_io_fail_tmo', 'ctrl_loss_tmo'],
    ]);
    expect(one).toContain('fast_io_fail_tmo=300');
    const hostId = (all: readonly string[]) => all.find((option) => option.startsWith('hostid='));
    expect(hostId(one)).toMatch(/^hostid=[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(hostId(options('nqn.one'))).toBe(hostId(one));
    expect(hostId(options('nqn.other'))).not.toBe(hostId(one));
  });

  it('is not made for an export by NBD', () => {
    const nbd = importRecord('2bd0e3a1-0000-4000-8000-000000000001').access;
    expect(() => nvmeTcpAccess(nbd, 'a')).toThrow("an export by nbd can't be imported by NVMe/TCP");
  });
});
