import type { WireRecord } from '../../wire/record.ts';
import type { SecurityGroupRule } from '../security-group-rules/model.ts';

/** @see https://docs.openstack.org/api-ref/network/v2/#security-groups-security-groups */
export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly projectId: string | undefined;
  readonly stateful: boolean;
  readonly rules: readonly SecurityGroupRule[];
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface SecurityGroupFilter {
  readonly name?: string | undefined;
  readonly projectId?: string | undefined;
}

export interface SecurityGroupCreate {
  readonly name: string;
  readonly description?: string | undefined;
  readonly stateful?: boolean | undefined;
}
