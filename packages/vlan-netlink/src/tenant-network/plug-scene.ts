import type { NamedNamespaces } from '../network-namespace/named-namespaces.ts';
import type { NetworkNamespace } from '../network-namespace/network-namespace.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import type { NeutronPort, TenantNetwork } from './contract.ts';
import type { NetworkIdentity, Segment, VlanSegment } from './identity.ts';
import type { LeafAddress } from './leaf-address.ts';
import { TenantNetworkError } from './tenant-network-error.ts';

/** Where a plug works: the host's own namespace, and the tenant network's. */
export interface PlugScene {
  readonly site: string;
  readonly network: TenantNetwork;
  readonly segment: Segment;
  readonly identity: NetworkIdentity;
  /** Of the link inside. */
  readonly mac: string;
  readonly linkLocal: string;
  /** Those that the owners want. */
  readonly addresses: readonly LeafAddress[];
  readonly inbound: 'accepted' | 'refused';
  /** The Neutron port that the link is; only where Neutron connects it. */
  readonly port: NeutronPort | undefined;
  readonly namespaces: NamedNamespaces;
  /** The namespace with the bridges and devices. */
  readonly host: NetworkNamespace;
  /** A socket in it. */
  readonly hostSocket: NetlinkSocket;
  readonly signal: AbortSignal | undefined;
}

/** Runs `action` with a socket in the tenant network's namespace. @throws NamespaceError when there is none. */
export async function inTenant<T>(
  scene: PlugScene,
  action: (socket: NetlinkSocket, namespace: NetworkNamespace) => Promise<T>,
): Promise<T> {
  using namespace = scene.namespaces.open(scene.identity.namespace);
  using socket = NetlinkSocket.open({ namespace });
  return await action(socket, namespace);
}

/** The segment of a scene whose kind of target can do VLANs only; options were checked before. */
export function vlanOf({ segment, network }: PlugScene): VlanSegment {
  if ('vlanId' in segment) return segment;
  throw new TenantNetworkError('network_type_unsupported', `network ${network.networkId} is no VLAN network`);
}
