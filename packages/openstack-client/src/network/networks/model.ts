import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/network/v2/#show-network-details */
export interface Network {
  readonly id: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly status: string | undefined;
  readonly projectId: string | undefined;
  readonly mtu: number | undefined;
  readonly subnetIds: readonly string[];
  readonly shared: boolean;
  /** `router:external`. */
  readonly external: boolean;
  readonly adminStateUp: boolean;
  readonly portSecurityEnabled: boolean | undefined;
  /** `vlan`, `vxlan`, `geneve`, `gre`, `flat`, `local`; undefined: the token may not see it (policy: admins only). */
  readonly networkType: string | undefined;
  /** Undefined for overlays, or when the token may not see it. */
  readonly physicalNetwork: string | undefined;
  /** VLAN id or tunnel id; undefined for flat networks, or when the token may not see it. */
  readonly segmentationId: number | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface NetworkFilter {
  readonly name?: string | undefined;
  readonly projectId?: string | undefined;
  readonly shared?: boolean | undefined;
  readonly external?: boolean | undefined;
  readonly networkType?: string | undefined;
  readonly physicalNetwork?: string | undefined;
  readonly segmentationId?: number | undefined;
}

export interface NetworkCreate {
  readonly name: string;
  readonly description?: string | undefined;
  readonly mtu?: number | undefined;
  readonly adminStateUp?: boolean | undefined;
  readonly portSecurityEnabled?: boolean | undefined;
  /** These only admins may give. */
  readonly projectId?: string | undefined;
  readonly shared?: boolean | undefined;
  readonly external?: boolean | undefined;
  readonly networkType?: string | undefined;
  readonly physicalNetwork?: string | undefined;
  readonly segmentationId?: number | undefined;
}

export type NetworkUpdate = Partial<Omit<NetworkCreate, 'projectId'>>;
