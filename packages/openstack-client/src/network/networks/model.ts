import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/network/v2/#show-network-details */
export interface Network {
  readonly id: string;
  readonly name: string;
  readonly mtu: number | undefined;
  readonly subnetIds: readonly string[];
  /** `vlan`, `vxlan`, `geneve`, `gre`, `flat`, `local`; undefined: the token may not see it (policy: admins only). */
  readonly networkType: string | undefined;
  /** Undefined for overlays, or when the token may not see it. */
  readonly physicalNetwork: string | undefined;
  /** VLAN id or tunnel id; undefined for flat networks, or when the token may not see it. */
  readonly segmentationId: number | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}
