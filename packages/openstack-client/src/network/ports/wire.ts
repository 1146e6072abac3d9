import type { WireReader } from '../../wire/reader.ts';
import type { Port } from './model.ts';

export function parsePort(port: WireReader): Port {
  return {
    id: port.string('id'),
    name: nonEmpty(port.optionalString('name')),
    networkId: port.string('network_id'),
    macAddress: port.string('mac_address').toLowerCase(),
    fixedIps: port.list('fixed_ips', (ip) => ({
      subnetId: ip.string('subnet_id'),
      ipAddress: ip.string('ip_address'),
    })),
    deviceId: nonEmpty(port.optionalString('device_id')),
    hostId: nonEmpty(port.optionalString('binding:host_id')),
    status: port.optionalString('status'),
    raw: port.raw,
  };
}

/** Neutron writes what is not set as an empty string. */
function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
