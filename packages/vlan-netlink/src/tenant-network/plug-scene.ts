import type { NamedNamespaces } from '../network-namespace/named-namespaces.ts';
import type { NetworkNamespace } from '../network-namespace/network-namespace.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import type { TenantNetwork } from './contract.ts';
import type { NetworkIdentity, VlanSegment } from './identity.ts';

/** Where a plug works: the host's own namespace, and the tenant network's. */
export interface PlugScene {
  readonly site: string;
  readonly network: TenantNetwork;
  readonly segment: VlanSegment;
  readonly identity: NetworkIdentity;
  readonly linkLocal: string;
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
