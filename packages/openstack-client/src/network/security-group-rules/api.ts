import type { CallOptions, ListOptions } from '../../call-options.ts';
import { Collection } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { SecurityGroupRule, SecurityGroupRuleCreate, SecurityGroupRuleFilter } from './model.ts';
import { parseSecurityGroupRule, writeSecurityGroupRule } from './wire.ts';

/** Rules can't be changed: delete and create. */
export class SecurityGroupRulesApi {
  readonly #all: Collection<SecurityGroupRule>;

  constructor(service: ServiceClient) {
    this.#all = new Collection(service, {
      path: ['security-group-rules'],
      one: 'security_group_rule',
      many: 'security_group_rules',
      parse: parseSecurityGroupRule,
    });
  }

  get(id: string, options?: CallOptions): Promise<SecurityGroupRule> {
    return this.#all.get(id, options);
  }

  list(filter: SecurityGroupRuleFilter = {}, options?: ListOptions): Listing<SecurityGroupRule> {
    return this.#all.list({ security_group_id: filter.securityGroupId, direction: filter.direction }, options);
  }

  /** ConflictError: the group has it already. */
  create(rule: SecurityGroupRuleCreate, options?: CallOptions): Promise<SecurityGroupRule> {
    return this.#all.create(writeSecurityGroupRule(rule), options);
  }

  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }
}
