import type { PlugPlace } from './identity.ts';

export type { PlugPlace } from './identity.ts';

/**
 * A tenant network as Neutron's provider attributes name it (Networking API v2, `provider:network_type`,
 * `provider:physical_network`, `provider:segmentation_id`).
 */
export interface TenantNetwork {
  readonly networkId: string;
  readonly type: string;
  readonly physicalNetwork: string | undefined;
  readonly segmentationId: number | undefined;
}

/** How a physical network is reached from this host. */
export type PlugTarget =
  /** An 802.1Q link on this device, moved into the tenant's namespace. Needs the kernel's 8021q. */
  | { readonly kind: 'vlan'; readonly device: string }
  /** A veth pair into this VLAN-aware bridge (vlan_filtering); its port has the VLAN as PVID, untagged. */
  | { readonly kind: 'vlan-bridge'; readonly bridge: string }
  /** A veth pair into an existing bridge per network, named as Neutron's Linux bridge agent does: `brq` + first 11 characters of the network id. */
  | { readonly kind: 'bridge' }
  /**
   * An Open vSwitch port with the VLAN's tag on this bridge. `ovsdb`: `tcp:HOST:PORT` or `unix:PATH`.
   * `port`: an internal port (default), or a veth pair of which one end is the port.
   */
  | { readonly kind: 'ovs'; readonly bridge: string; readonly ovsdb: string; readonly port?: 'internal' | 'veth' }
  /**
   * An internal port on Neutron's integration bridge that says which Neutron port it is (`iface-id`), so that Neutron's
   * agent, or OVN's controller, connects it: VLAN, VXLAN, GRE, Geneve and flat networks alike. Each plug must name its
   * Neutron port.
   */
  | { readonly kind: 'neutron-port'; readonly bridge: string; readonly ovsdb: string };

export interface TenantNetworksOptions {
  /** Distinguishes users of one machine, and is part of every name and mark made: 1 to 8 characters `[a-z0-9]`. */
  readonly site: string;
  /** This host's name; the link-local address on tenant networks is derived from host and site. */
  readonly host: string;
  /**
   * Which way leads to which physical network. `*`, which must be of kind `neutron-port`, leads to all others and to
   * networks without one, which are tunnels.
   */
  readonly targets: Readonly<Record<string, PlugTarget>>;
  /** Holds the owners of each plugged network; goes with a reboot, as the kernel's state does. Default `/run/iorcl/networks`. */
  readonly stateDirectory?: string;
  /** Default `/run/netns`, as `ip netns` has it. */
  readonly namespaceDirectory?: string;
  /**
   * Where the networks' links are: each in a network namespace of its own (default), or all among the host's own (`host`), for
   * clients of the kernel that only work there (NVMe/TCP, nbd). There a link has its link-local address alone, which is
   * reached by naming the link (`fe80::…%LINK`), so that tenants may use equal addresses; and `inbound` must be `refused`.
   */
  readonly place?: PlugPlace;
  /**
   * Whether somebody on the tenant network may open a connection into the namespaces: `accepted` (default) on a host
   * that serves there; `refused` on one that is only a client. Refused by nftables, without connection tracking.
   */
  readonly inbound?: 'accepted' | 'refused';
}

/** A port of Neutron's that was made for this host's end of a tenant network. */
export interface NeutronPort {
  /** Its UUID, which the switch's interface has as `iface-id`. */
  readonly id: string;
  readonly macAddress: string;
}

export interface PlugRequest {
  readonly network: TenantNetwork;
  /** Who needs the network. Plugging twice for one owner counts once. `[A-Za-z0-9._-]{1,64}` */
  readonly owner: string;
  /**
   * IPv4 or IPv6 addresses with prefix lengths (`10.0.0.5/24`) that the link has for as long as the owner stays, beside
   * the link-local one. Whoever is on the network is told at once that they are here now.
   */
  readonly addresses?: readonly string[];
  /** For networks that are reached by kind `neutron-port`. */
  readonly port?: NeutronPort;
  readonly signal?: AbortSignal;
}

/** A tenant network that is plugged on this host, read back from the kernel. */
export interface PluggedNetwork {
  readonly network: TenantNetwork;
  /** Name of the network namespace that holds the link; undefined: the host's own. */
  readonly namespace: string | undefined;
  /** Name of the link. */
  readonly interfaceName: string;
  /** fe80::/64 address of the link, without scope; usable at once (no duplicate address detection). */
  readonly linkLocal: string;
  readonly owners: readonly string[];
  /** Whether this call changed anything in the kernel or the switch. */
  readonly changed: boolean;
}

/** Plugs tenant networks, each by a link of its own, keyed by (physical network, segmentation id). */
export interface TenantNetworkPlugs {
  plug(request: PlugRequest): Promise<PluggedNetwork>;
  /** Removes the owner; with the last one everything made for the network goes, verified. Unknown owners are fine. `removed`: whether this call took the network down. */
  unplug(request: PlugRequest): Promise<{ readonly removed: boolean }>;
  /** What differs between what a plug makes and what is there; empty = all is well. Changes nothing. */
  verify(network: TenantNetwork): Promise<readonly string[]>;
  /** What is plugged, from the state directory. */
  list(): Promise<readonly PluggedNetwork[]>;
  /**
   * Opens a TCP socket that listens where the network's link is and answers its file descriptor (the caller closes it). `::` is every
   * address that the link has, IPv4's too; refused where the link is among the host's own.
   */
  listen(network: TenantNetwork, address: string, port: number): number;
  /** Runs `action` (synchronous) with this thread where the network's link is: a child process spawned by it starts there. */
  runInside<T>(network: TenantNetwork, action: () => T): T;
  /**
   * Lists, or removes, namespaces, links, tables of nftables and ports that carry this site's mark and have no owner.
   * `only`: no others than these, in the words in which they are listed.
   */
  sweep(options: { readonly dryRun: boolean; readonly only?: readonly string[] }): Promise<readonly string[]>;
}

/** What `createTenantNetworkPlugs` makes. */
export interface KernelTenantNetworkPlugs extends TenantNetworkPlugs {
  /**
   * The link that a network has or would have here: always the same. Asks nobody.
   *
   * @throws TenantNetworkError for a network that can't be plugged here
   */
  linkOf(network: TenantNetwork): Pick<PluggedNetwork, 'interfaceName' | 'linkLocal'>;
  /**
   * Makes everything of a plugged network as it should be, for the owners that it has.
   *
   * @throws TenantNetworkError `not_plugged`, …
   */
  repair(network: TenantNetwork, options?: { readonly signal?: AbortSignal }): Promise<{ readonly changed: boolean }>;
}
