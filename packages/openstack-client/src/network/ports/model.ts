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
  readonly macAddress: string;
  readonly fixedIps: readonly FixedIp[];
  /** For a server's port: the server. */
  readonly deviceId: string | undefined;
  /** `binding:host_id`; undefined: not bound, or the token may not see it (policy: admins only). */
  readonly hostId: string | undefined;
  readonly status: string | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface PortFilter {
  readonly deviceId?: string | undefined;
  readonly networkId?: string | undefined;
}
