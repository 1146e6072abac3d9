import type { WireReader } from '../../wire/reader.ts';
import type { SecurityGroupRule, SecurityGroupRuleCreate } from './model.ts';

export function parseSecurityGroupRule(rule: WireReader): SecurityGroupRule {
  return {
    id: rule.string('id'),
    securityGroupId: rule.string('security_group_id'),
    direction: rule.string('direction') === 'egress' ? 'egress' : 'ingress',
    etherType: rule.string('ethertype') === 'IPv6' ? 'IPv6' : 'IPv4',
    protocol: rule.optionalString('protocol'),
    portRangeMin: rule.optionalInteger('port_range_min'),
    portRangeMax: rule.optionalInteger('port_range_max'),
    remoteIpPrefix: rule.optionalString('remote_ip_prefix'),
    remoteGroupId: rule.optionalString('remote_group_id'),
    raw: rule.raw,
  };
}

export function writeSecurityGroupRule(rule: SecurityGroupRuleCreate): object {
  return {
    security_group_id: rule.securityGroupId,
    direction: rule.direction,
    ethertype: rule.etherType,
    protocol: rule.protocol,
    port_range_min: rule.portRangeMin,
    port_range_max: rule.portRangeMax,
    remote_ip_prefix: rule.remoteIpPrefix,
    remote_group_id: rule.remoteGroupId,
  };
}
