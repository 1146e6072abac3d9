import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const rule = {
  ...{ id: 'r', security_group_id: 'g', direction: 'egress', ethertype: 'IPv6', protocol: null },
  ...{ port_range_min: null, port_range_max: null, remote_ip_prefix: null, remote_group_id: null },
};

const CALLS: Readonly<Record<string, RecordedCall>> = {
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
