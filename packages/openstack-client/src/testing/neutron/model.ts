export interface FakeNetwork {
  readonly id: string;
  readonly name: string;
  /** `vlan`, `vxlan`, `flat`, … */
  readonly type: string;
  readonly physicalNetwork: string | undefined;
  readonly segmentationId: number | undefined;
  readonly projectId: string;
  readonly description: string;
  readonly mtu: number;
  readonly shared: boolean;
  readonly adminStateUp: boolean;
  readonly portSecurityEnabled: boolean;
}

export interface FakeSubnet {
  readonly id: string;
  readonly name: string;
  readonly networkId: string;
  readonly projectId: string;
  readonly ipVersion: 4 | 6;
  readonly cidr: string;
  readonly gatewayIp: string | null;
  readonly dhcpEnabled: boolean;
  readonly dnsNameservers: readonly string[];
  readonly allocationPools: readonly { readonly start: string; readonly end: string }[];
}

export interface FakePort {
  readonly id: string;
  readonly name: string;
  readonly networkId: string;
  readonly macAddress: string;
  readonly fixedIps: readonly { readonly subnetId: string; readonly ipAddress: string }[];
  /** The server. */
  readonly deviceId: string;
  readonly deviceOwner: string;
  readonly projectId: string;
  readonly adminStateUp: boolean;
  readonly portSecurityEnabled: boolean;
  readonly securityGroupIds: readonly string[];
  readonly vnicType: string;
  readonly profile: Readonly<Record<string, unknown>>;
  /** Where it is bound. */
  readonly hostId: string | undefined;
}

export interface FakeSecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly projectId: string;
}

export interface FakeSecurityGroupRule {
  readonly id: string;
  readonly securityGroupId: string;
  readonly projectId: string;
  readonly direction: string;
  readonly etherType: string;
  readonly protocol: string | null;
  readonly portRangeMin: number | null;
  readonly portRangeMax: number | null;
  readonly remoteIpPrefix: string | null;
  readonly remoteGroupId: string | null;
}

export interface FakeAgent {
  readonly id: string;
  readonly type: string;
  readonly binary: string;
  readonly host: string;
  readonly adminStateUp: boolean;
}
