import { randomUUID } from 'node:crypto';
import type { WireRecord } from '../../wire/record.ts';
import { Fault } from '../http/fault.ts';
import type { RouteTable } from '../http/routes.ts';
import type { NeutronDatabase } from './database.ts';
import type { FakeSecurityGroup, FakeSecurityGroupRule } from './model.ts';
import { networkResourceRoutes } from './resource.ts';
import { BORN, numberOrNull, textOr, textOrNull } from './values.ts';

const missingGroup = {
  type: 'SecurityGroupNotFound',
  message: (id: string): string => `Security group ${id} does not exist`,
};

/** `/security-groups` and `/security-group-rules`. Nothing is filtered. */
export function securityGroupRoutes(database: NeutronDatabase): RouteTable {
  const { securityGroups, securityGroupRules } = database;
  const rulesOf = (id: string): FakeSecurityGroupRule[] =>
    securityGroupRules.all().filter(({ securityGroupId }) => securityGroupId === id);
  return {
    ...networkResourceRoutes<FakeSecurityGroup>({
      path: 'security-groups',
      one: 'security_group',
      missing: missingGroup,
      rows: securityGroups,
      write: (_, group) => writeGroup(group, rulesOf(group.id)),
      read: (request, fields, before) => {
        const id = before?.id ?? randomUUID();
        const projectId = before?.projectId ?? textOr(fields, 'project_id', request.token?.project.id ?? '');
        // A new one lets everything out.
        for (const etherType of before === undefined ? ['IPv4', 'IPv6'] : []) {
          securityGroupRules.save({
            ...{ id: randomUUID(), securityGroupId: id, projectId, direction: 'egress', etherType, protocol: null },
            ...{ portRangeMin: null, portRangeMax: null, remoteIpPrefix: null, remoteGroupId: null },
          });
        }
        return {
          ...{ id, projectId, name: textOr(fields, 'name', before?.name ?? '') },
          description: textOr(fields, 'description', before?.description ?? ''),
        };
      },
      remove: ({ id }) => {
        if (database.ports().some(({ securityGroupIds }) => securityGroupIds.includes(id))) {
          throw new Fault(409, 'SecurityGroupInUse', `Security Group ${id} in use.`);
        }
        for (const rule of rulesOf(id)) securityGroupRules.delete(rule.id);
      },
    }),
    ...networkResourceRoutes<FakeSecurityGroupRule>({
      path: 'security-group-rules',
      one: 'security_group_rule',
      missing: { type: 'SecurityGroupRuleNotFound', message: (id) => `Security group rule ${id} does not exist` },
      rows: securityGroupRules,
      write: (_, rule) => writeRule(rule),
      read: (request, fields, before) => {
        const securityGroupId = textOr(fields, 'security_group_id', before?.securityGroupId ?? '');
        const group = securityGroups.get(securityGroupId);
        if (group === undefined) throw new Fault(404, missingGroup.type, missingGroup.message(securityGroupId));
        const rule: FakeSecurityGroupRule = {
          ...{ id: before?.id ?? randomUUID(), securityGroupId, projectId: request.token?.project.id ?? '' },
          direction: textOr(fields, 'direction', 'ingress'),
          etherType: textOr(fields, 'ethertype', 'IPv4'),
          protocol: textOrNull(fields, 'protocol', null),
          portRangeMin: numberOrNull(fields, 'port_range_min'),
          portRangeMax: numberOrNull(fields, 'port_range_max'),
          remoteIpPrefix: textOrNull(fields, 'remote_ip_prefix', null),
          remoteGroupId: textOrNull(fields, 'remote_group_id', null),
        };
        const twin = rulesOf(securityGroupId).find((other) => sameRule(other, rule));
        if (twin === undefined) return rule;
        throw new Fault(409, 'SecurityGroupRuleExists', `Security group rule already exists. Rule id is ${twin.id}.`);
      },
      remove: () => undefined,
    }),
  };
}

function sameRule({ id: _, ...one }: FakeSecurityGroupRule, { id: __, ...other }: FakeSecurityGroupRule): boolean {
  return JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
}

function writeGroup(group: FakeSecurityGroup, rules: readonly FakeSecurityGroupRule[]): WireRecord {
  return {
    id: group.id,
    name: group.name,
    stateful: true,
    tenant_id: group.projectId,
    description: group.description,
    shared: false,
    security_group_rules: rules.map(writeRule),
    tags: [],
    ...BORN,
    revision_number: 1,
    project_id: group.projectId,
  };
}

function writeRule(rule: FakeSecurityGroupRule): WireRecord {
  return {
    id: rule.id,
    tenant_id: rule.projectId,
    security_group_id: rule.securityGroupId,
    ethertype: rule.etherType,
    direction: rule.direction,
    protocol: rule.protocol,
    port_range_min: rule.portRangeMin,
    port_range_max: rule.portRangeMax,
    remote_ip_prefix: rule.remoteIpPrefix,
    remote_address_group_id: null,
    normalized_cidr: null,
    remote_group_id: rule.remoteGroupId,
    description: '',
    ...BORN,
    revision_number: 0,
    project_id: rule.projectId,
  };
}
