import type { WireRecord } from '../../wire/record.ts';

export interface AllocationPool {
  readonly start: string;
  readonly end: string;
}

/** @see https://docs.openstack.org/api-ref/network/v2/#subnets */
export interface Subnet {
  readonly id: string;
  readonly name: string | undefined;
  readonly networkId: string;
  readonly projectId: string | undefined;
  readonly ipVersion: 4 | 6;
  readonly cidr: string;
  /** Undefined: none. */
  readonly gatewayIp: string | undefined;
  readonly dhcpEnabled: boolean;
  readonly dnsNameservers: readonly string[];
  readonly allocationPools: readonly AllocationPool[];
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface SubnetFilter {
  readonly name?: string | undefined;
  readonly networkId?: string | undefined;
  readonly cidr?: string | undefined;
  readonly ipVersion?: 4 | 6 | undefined;
}

export interface SubnetCreate {
  readonly networkId: string;
  readonly cidr: string;
  /** Default 6 for a `cidr` with colons, else 4. */
  readonly ipVersion?: 4 | 6 | undefined;
  readonly name?: string | undefined;
  /** Null: none. Undefined: the first address. */
  readonly gatewayIp?: string | null | undefined;
  readonly dhcpEnabled?: boolean | undefined;
  readonly dnsNameservers?: readonly string[] | undefined;
  readonly allocationPools?: readonly AllocationPool[] | undefined;
  /** Only admins may. */
  readonly projectId?: string | undefined;
}

export type SubnetUpdate = Partial<Omit<SubnetCreate, 'networkId' | 'cidr' | 'ipVersion' | 'projectId'>>;
