import type { WireRecord } from '../../wire/record.ts';

/** The connector of a libvirt compute host, with the fields that os-brick gives it. */
export function libvirtConnector(host: string, ip: string, mountpoint: string): WireRecord {
  const id = Buffer.from(host).toString('hex').padEnd(12, '0').slice(0, 12);
  return {
    platform: 'x86_64',
    os_type: 'linux',
    ip,
    host,
    multipath: false,
    initiator: `iqn.1993-08.org.debian:01:${id}`,
    do_local_attach: false,
    nqn: `nqn.2014-08.org.nvmexpress:uuid:00000000-0000-4000-8000-${id}`,
    nvme_native_multipath: false,
    found_dsc: '',
    mountpoint,
  };
}
