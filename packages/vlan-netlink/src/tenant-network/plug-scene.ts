import type { NamedNamespaces } from '../network-namespace/named-namespaces.ts';
import type { NetworkNamespace } from '../network-namespace/network-namespace.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import type { NeutronPort, TenantNetwork } from './contract.ts';
import type { NetworkIdentity, PlugPlace, Segment, VlanSegment } from './identity.ts';
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
  readonly place: PlugPlace;
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

/** Runs `action` with a socket where the tenant network's link is. @throws NamespaceError when there is no such namespace. */
export async function inTenant<T>(
  scene: PlugScene,
  action: (socket: NetlinkSocket, namespace: NetworkNamespace) => Promise<T>,
): Promise<T> {
  if (scene.place === 'host') return await action(scene.hostSocket, scene.host);
  using namespace = scene.namespaces.open(scene.identity.namespace);
  using socket = NetlinkSocket.open({ namespace });
  return await action(socket, namespace);
}

/** For people: where the tenant network's link is. */
export function whereIs({ place, identity }: PlugScene): string {
  return place === 'host' ? "the host's own namespace" : identity.namespace;
}

/** The segment of a scene whose kind of target can do VLANs only; options were checked before. */
export function vlanOf({ segment, network }: PlugScene): VlanSegment {
  if ('vlanId' in segment) return segment;
  throw new TenantNetworkError('network_type_unsupported', `network ${network.networkId} is no VLAN network`);
}
