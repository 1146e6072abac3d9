import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const subnet = {
  ...{ id: 's', name: '', network_id: 'n', ip_version: 4, cidr: '10.0.0.0/24', gateway_ip: null, enable_dhcp: true },
  allocation_pools: [{ start: '10.0.0.2', end: '10.0.0.9' }],
};

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'subnet get': {
    call: ({ network: n }) => n.subnets.get('s'),
    request: 'GET network/subnets/s',
    answer: { subnet },
    gives: { name: undefined, gatewayIp: undefined, ipVersion: 4, allocationPools: [{ start: '10.0.0.2' }] },
  },
  'subnet list': {
    call: ({ network: n }) => n.subnets.list({ networkId: 'n', ipVersion: 6 }),
    request: 'GET network/subnets?network_id=n&ip_version=6',
    answer: { subnets: [{ ...subnet, ip_version: 6 }] },
    gives: [{ ipVersion: 6 }],
  },
  'subnet create': {
    call: ({ network: n }) =>
      n.subnets.create({ networkId: 'n', cidr: 'fd00::/64', gatewayIp: null, dhcpEnabled: false }),
    request: 'POST network/subnets',
    sends: { subnet: { network_id: 'n', cidr: 'fd00::/64', ip_version: 6, gateway_ip: null, enable_dhcp: false } },
    answer: { subnet },
    gives: { id: 's' },
  },
  'subnet update': {
    call: ({ network: n }) => n.subnets.update('s', { dnsNameservers: ['9.9.9.9'] }),
    request: 'PUT network/subnets/s',
    sends: { subnet: { dns_nameservers: ['9.9.9.9'] } },
    answer: { subnet },
    gives: { id: 's' },
  },
  'subnet delete': { call: ({ network: n }) => n.subnets.delete('s'), request: 'DELETE network/subnets/s' },
};

it.each(Object.entries(CALLS))('%s is the call of the Network API', (_, call) => expectCall(call));
