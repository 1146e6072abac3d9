import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const rule = {
  ...{ id: 'r', security_group_id: 'g', direction: 'egress', ethertype: 'IPv6', protocol: null },
  ...{ port_range_min: null, port_range_max: null, remote_ip_prefix: null, remote_group_id: null },
};

const group = { id: 'g', name: 'web', description: '', project_id: 'p', security_group_rules: [rule] };

const CALLS: Readonly<Record<string, RecordedCall>> = {
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
};

it.each(Object.entries(CALLS))('%s is the call of the Network API', (_, call) => expectCall(call));
