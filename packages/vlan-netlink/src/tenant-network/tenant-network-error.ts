export type TenantNetworkErrorCode =
  /** `createTenantNetworkPlugs` was given a site, host or target that cannot be. */
  | 'invalid_options'
  | 'invalid_owner'
  /** Not an address with prefix length that a link can have. */
  | 'invalid_address'
  /** A network that Neutron connects needs a Neutron port; it has none, or another one for its other owners. */
  | 'port_required'
  | 'port_conflict'
  /** The kernel has no nftables, which `inbound: 'refused'` needs. */
  | 'kernel_lacks_nftables'
  /** The bridge does not filter VLANs: tenants on it would hear each other. */
  | 'bridge_not_vlan_aware'
  /** The plug kind cannot reach networks of this type. */
  | 'network_type_unsupported'
  /** The network has no VLAN id, or one that no frame can carry. */
  | 'segmentation_id_invalid'
  /** No way is configured to the network's physical network. */
  | 'physical_network_unknown'
  /** The network's bridge is not on this host. */
  | 'bridge_missing'
  /** The device that should carry the VLAN is not on this host, or is down. */
  | 'device_unusable'
  /** The kernel has no 802.1Q links. */
  | 'kernel_lacks_8021q'
  /** The device carries this VLAN already, for somebody else. */
  | 'vlan_taken'
  /** Something that is not ours has the name that we need. */
  | 'name_taken'
  /** The network is not plugged on this host. */
  | 'not_plugged'
  /** A step failed; `cause` says how. What was made is undone. */
  | 'plug_failed'
  /** Every step succeeded, and yet something is not as it should be: another program changes the same things. */
  | 'plug_incomplete'
  /** Something could not be removed; the owner stays, so that it can be tried again. */
  | 'unplug_failed'
  /** A file in the state directory is not what we wrote. */
  | 'state_damaged';

const retryable: readonly TenantNetworkErrorCode[] = ['plug_failed', 'plug_incomplete', 'unplug_failed'];

/** A tenant network could not be plugged, unplugged or used. */
export class TenantNetworkError extends Error {
  override readonly name = 'TenantNetworkError';
  readonly code: TenantNetworkErrorCode;
  readonly retryable: boolean;

  constructor(code: TenantNetworkErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.retryable = retryable.includes(code);
  }
}
