import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../test/recorded-call.ts';

const network = {
  ...{ id: 'n', name: 'net', subnets: ['s'], mtu: 1500, shared: true, 'router:external': false, project_id: 'p' },
  ...{ 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1', 'provider:segmentation_id': 120 },
};
const subnet = {
  ...{ id: 's', name: '', network_id: 'n', ip_version: 4, cidr: '10.0.0.0/24', gateway_ip: null, enable_dhcp: true },
  allocation_pools: [{ start: '10.0.0.2', end: '10.0.0.9' }],
};
const port = {
  ...{ id: 'x', name: '', network_id: 'n', mac_address: 'FA:16:3E:00:00:01', device_id: '', status: 'ACTIVE' },
  fixed_ips: [{ subnet_id: 's', ip_address: '10.0.0.5' }],
  ...{ 'binding:host_id': 'node', 'binding:vif_type': 'ovs', 'binding:vif_details': { port_filter: true } },
  ...{ device_owner: 'compute:nova', security_groups: ['g'], tenant_id: 'p' },
};
const agent = { id: 'a', agent_type: 'DHCP agent', binary: 'neutron-dhcp-agent', host: 'node', alive: true };
const rule = {
  ...{ id: 'r', security_group_id: 'g', direction: 'egress', ethertype: 'IPv6', protocol: null },
  ...{ port_range_min: null, port_range_max: null, remote_ip_prefix: null, remote_group_id: null },
};
const group = { id: 'g', name: 'web', description: '', project_id: 'p', security_group_rules: [rule] };

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
  'agent get': {
    call: ({ network: n }) => n.agents.get('a'),
    request: 'GET network/agents/a',
    answer: { agent },
    gives: { type: 'DHCP agent', configurations: {} },
  },
  'agent list': {
    call: ({ network: n }) => n.agents.list({ alive: true, type: 'DHCP agent' }),
    request: 'GET network/agents?agent_type=DHCP agent&alive=true',
    answer: { agents: [agent] },
    gives: [{ host: 'node' }],
  },
  'agent update': {
    call: ({ network: n }) => n.agents.setAdminStateUp('a', false),
    request: 'PUT network/agents/a',
    sends: { agent: { admin_state_up: false } },
    answer: { agent },
    gives: { id: 'a' },
  },
  'agent delete': { call: ({ network: n }) => n.agents.delete('a'), request: 'DELETE network/agents/a' },
  'security group get': {
    call: ({ network: n }) => n.securityGroups.get('g'),
    request: 'GET network/security-groups/g',
    answer: { security_group: group },
    gives: { stateful: true, rules: [{ direction: 'egress', etherType: 'IPv6', protocol: undefined }] },
  },
  'security group list': {
    call: ({ network: n }) => n.securityGroups.list({ name: 'web' }),
    request: 'GET network/security-groups?name=web',
    answer: { security_groups: [group] },
    gives: [{ id: 'g' }],
  },
  'security group create': {
    call: ({ network: n }) => n.securityGroups.create({ name: 'web', stateful: false }),
    request: 'POST network/security-groups',
    sends: { security_group: { name: 'web', stateful: false } },
    answer: { security_group: group },
    gives: { id: 'g' },
  },
  'security group update': {
    call: ({ network: n }) => n.securityGroups.update('g', { name: 'w' }),
    request: 'PUT network/security-groups/g',
    sends: { security_group: { name: 'w' } },
    answer: { security_group: group },
    gives: { id: 'g' },
  },
  'security group delete': {
    call: ({ network: n }) => n.securityGroups.delete('g'),
    request: 'DELETE network/security-groups/g',
  },
  'rule get': {
    call: ({ network: n }) => n.securityGroupRules.get('r'),
    request: 'GET network/security-group-rules/r',
    answer: { security_group_rule: { ...rule, direction: 'ingress', ethertype: 'IPv4', port_range_min: 22 } },
    gives: { direction: 'ingress', etherType: 'IPv4', portRangeMin: 22 },
  },
  'rule list': {
    call: ({ network: n }) => n.securityGroupRules.list({ securityGroupId: 'g', direction: 'egress' }),
    request: 'GET network/security-group-rules?security_group_id=g&direction=egress',
    answer: { security_group_rules: [rule] },
    gives: [{ id: 'r' }],
  },
  'rule create': {
    call: ({ network: n }) =>
      n.securityGroupRules.create({ securityGroupId: 'g', direction: 'ingress', protocol: 'tcp', portRangeMin: 22 }),
    request: 'POST network/security-group-rules',
    sends: {
      security_group_rule: { security_group_id: 'g', direction: 'ingress', protocol: 'tcp', port_range_min: 22 },
    },
    answer: { security_group_rule: rule },
    gives: { id: 'r' },
  },
  'rule delete': {
    call: ({ network: n }) => n.securityGroupRules.delete('r'),
    request: 'DELETE network/security-group-rules/r',
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Network API', (_, call) => expectCall(call));
