import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/network/v2/#security-group-rules-security-group-rules */
export interface SecurityGroupRule {
  readonly id: string;
  readonly securityGroupId: string;
  readonly direction: 'ingress' | 'egress';
  readonly etherType: 'IPv4' | 'IPv6';
  /** `tcp`, `udp`, `icmp`, a number, …; undefined: any. */
  readonly protocol: string | undefined;
  /** For ICMP the type; undefined: any. */
  readonly portRangeMin: number | undefined;
  /** For ICMP the code; undefined: any. */
  readonly portRangeMax: number | undefined;
  readonly remoteIpPrefix: string | undefined;
  readonly remoteGroupId: string | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface SecurityGroupRuleFilter {
  readonly securityGroupId?: string | undefined;
  readonly direction?: 'ingress' | 'egress' | undefined;
}

export interface SecurityGroupRuleCreate {
  readonly securityGroupId: string;
  readonly direction: 'ingress' | 'egress';
  /** Default `IPv4`. */
  readonly etherType?: 'IPv4' | 'IPv6' | undefined;
  readonly protocol?: string | undefined;
  readonly portRangeMin?: number | undefined;
  readonly portRangeMax?: number | undefined;
  readonly remoteIpPrefix?: string | undefined;
  readonly remoteGroupId?: string | undefined;
}
