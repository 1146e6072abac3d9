import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const network = {
  ...{ id: 'n', name: 'net', subnets: ['s'], mtu: 1500, shared: true, 'router:external': false, project_id: 'p' },
  ...{ 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1', 'provider:segmentation_id': 120 },
};

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'network get': {
    call: ({ network: n }) => n.networks.get('n'),
    request: 'GET network/networks/n',
    answer: { network },
    gives: { networkType: 'vlan', segmentationId: 120, shared: true, external: false, projectId: 'p' },
  },
  'network list': {
    call: ({ network: n }) => n.networks.list({ physicalNetwork: 'physnet1', segmentationId: 120, external: false }),
    request:
      'GET network/networks?router:external=false&provider:physical_network=physnet1&provider:segmentation_id=120',
    answer: { networks: [network] },
    gives: [{ id: 'n' }],
  },
  'network create': {
    call: ({ network: n }) =>
      n.networks.create({ name: 'net', networkType: 'vlan', segmentationId: 120, shared: true }),
    request: 'POST network/networks',
    sends: {
      network: { name: 'net', shared: true, 'provider:network_type': 'vlan', 'provider:segmentation_id': 120 },
    },
    answer: { network },
    gives: { id: 'n' },
  },
  'network update': {
    call: ({ network: n }) => n.networks.update('n', { adminStateUp: false, portSecurityEnabled: false }),
    request: 'PUT network/networks/n',
    sends: { network: { admin_state_up: false, port_security_enabled: false } },
    answer: { network },
    gives: { id: 'n' },
  },
  'network delete': { call: ({ network: n }) => n.networks.delete('n'), request: 'DELETE network/networks/n' },
};

it.each(Object.entries(CALLS))('%s is the call of the Network API', (_, call) => expectCall(call));
