export interface FakeNetwork {
  readonly id: string;
  readonly name: string;
  /** `vlan`, `vxlan`, `flat`, … */
  readonly type: string;
  readonly physicalNetwork: string | undefined;
  readonly segmentationId: number | undefined;
  readonly subnetId: string;
  readonly cidr: string;
  readonly projectId: string;
}

export interface FakePort {
  readonly id: string;
  readonly networkId: string;
  readonly macAddress: string;
  readonly fixedIps: readonly { readonly subnetId: string; readonly ipAddress: string }[];
  /** The server. */
  readonly deviceId: string;
  readonly projectId: string;
  /** Where it is bound. */
  readonly hostId: string | undefined;
}
