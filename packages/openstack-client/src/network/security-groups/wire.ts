import type { WireReader } from '../../wire/reader.ts';
import { parseSecurityGroupRule } from '../security-group-rules/wire.ts';
import type { SecurityGroup } from './model.ts';

export function parseSecurityGroup(group: WireReader): SecurityGroup {
  return {
    id: group.string('id'),
    name: group.string('name'),
    description: group.optionalString('description') || undefined,
    projectId: group.optionalString('project_id') ?? group.optionalString('tenant_id'),
    stateful: group.booleanOr('stateful', true),
    rules: group.listOrEmpty('security_group_rules', parseSecurityGroupRule),
    raw: group.raw,
  };
}
