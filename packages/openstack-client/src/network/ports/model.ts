import type { WireRecord } from '../../wire/record.ts';

export interface FixedIp {
  readonly subnetId: string;
  readonly ipAddress: string;
}

/** @see https://docs.openstack.org/api-ref/network/v2/#show-port-details */
export interface Port {
  readonly id: string;
  readonly name: string | undefined;
  readonly networkId: string;
  readonly projectId: string | undefined;
  readonly macAddress: string;
  readonly fixedIps: readonly FixedIp[];
  /** For a server's port: the server. */
  readonly deviceId: string | undefined;
  /** For instance `compute:nova`, `network:dhcp`. */
  readonly deviceOwner: string | undefined;
  readonly adminStateUp: boolean;
  readonly portSecurityEnabled: boolean | undefined;
  /** Ids. */
  readonly securityGroupIds: readonly string[];
  /** `binding:host_id`; undefined: not bound, or the token may not see it (policy: admins only). */
  readonly hostId: string | undefined;
  /** `binding:vif_type`, for instance `ovs`, `unbound`, `binding_failed`; undefined: the token may not see it. */
  readonly vifType: string | undefined;
  /** `binding:vnic_type`, for instance `normal`, `direct`. */
  readonly vnicType: string | undefined;
  /** `binding:vif_details`; empty when the token may not see it. */
  readonly vifDetails: WireRecord;
  /** `binding:profile`; empty when the token may not see it. */
  readonly profile: WireRecord;
  readonly status: string | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface PortFilter {
  readonly name?: string | undefined;
  readonly deviceId?: string | undefined;
  readonly deviceOwner?: string | undefined;
  readonly networkId?: string | undefined;
  readonly macAddress?: string | undefined;
  readonly status?: string | undefined;
  readonly projectId?: string | undefined;
  /** Only admins may. */
  readonly hostId?: string | undefined;
}

export interface PortUpdate {
  readonly name?: string | undefined;
  readonly adminStateUp?: boolean | undefined;
  readonly deviceId?: string | undefined;
  readonly deviceOwner?: string | undefined;
  readonly fixedIps?: readonly { readonly subnetId?: string; readonly ipAddress?: string }[] | undefined;
  /** Ids. */
  readonly securityGroupIds?: readonly string[] | undefined;
  readonly portSecurityEnabled?: boolean | undefined;
  readonly vnicType?: string | undefined;
  /** These only admins and services may give. */
  readonly hostId?: string | undefined;
  readonly profile?: WireRecord | undefined;
}

export interface PortCreate extends PortUpdate {
  readonly networkId: string;
  readonly macAddress?: string | undefined;
  readonly projectId?: string | undefined;
}
