import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const port = {
  ...{ id: 'x', name: '', network_id: 'n', mac_address: 'FA:16:3E:00:00:01', device_id: '', status: 'ACTIVE' },
  fixed_ips: [{ subnet_id: 's', ip_address: '10.0.0.5' }],
  ...{ 'binding:host_id': 'node', 'binding:vif_type': 'ovs', 'binding:vif_details': { port_filter: true } },
  ...{ device_owner: 'compute:nova', security_groups: ['g'], tenant_id: 'p' },
};

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'port get': {
    call: ({ network: n }) => n.ports.get('x'),
    request: 'GET network/ports/x',
    answer: { port },
    gives: {
      ...{ name: undefined, macAddress: 'fa:16:3e:00:00:01', deviceId: undefined, hostId: 'node', vifType: 'ovs' },
      ...{ vifDetails: { port_filter: true }, profile: {}, securityGroupIds: ['g'], projectId: 'p' },
    },
  },
  'port list': {
    call: ({ network: n }) => n.ports.list({ deviceId: 's', hostId: 'node' }),
    request: 'GET network/ports?device_id=s&binding:host_id=node',
    answer: { ports: [port] },
    gives: [{ id: 'x' }],
  },
  'port create': {
    call: ({ network: n }) =>
      n.ports.create({ networkId: 'n', fixedIps: [{ subnetId: 's', ipAddress: '10.0.0.5' }], vnicType: 'direct' }),
    request: 'POST network/ports',
    sends: {
      port: {
        network_id: 'n',
        fixed_ips: [{ subnet_id: 's', ip_address: '10.0.0.5' }],
        'binding:vnic_type': 'direct',
      },
    },
    answer: { port },
    gives: { id: 'x' },
  },
  'port update': {
    call: ({ network: n }) => n.ports.update('x', { hostId: 'node', profile: { a: 1 }, securityGroupIds: [] }),
    request: 'PUT network/ports/x',
    sends: { port: { 'binding:host_id': 'node', 'binding:profile': { a: 1 }, security_groups: [] } },
    answer: { port },
    gives: { id: 'x' },
  },
  'port delete': { call: ({ network: n }) => n.ports.delete('x'), request: 'DELETE network/ports/x' },
};

it.each(Object.entries(CALLS))('%s is the call of the Network API', (_, call) => expectCall(call));
