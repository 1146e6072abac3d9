export {
  type Address,
  deleteAddress,
  ensureAddress,
  listAddresses,
  type NewAddress,
  newAddressRequest,
} from './address/address.ts';
export * from './bridge-vlan/bridge-vlan.ts';
export { MalformedMessageError } from './codec/malformed-message-error.ts';
export { findGenericFamily, GENERIC_NETLINK } from './generic/generic-family.ts';
export * from './link/alternative-name.ts';
export { changeLink, changeLinkRequest, type LinkChange } from './link/change.ts';
export { type CreatedLink, createLink, type NewLink, newLinkRequest } from './link/create.ts';
export * from './link/delete.ts';
export { type Ensured, type EnsureOptions, ensureLink, type WantedLink } from './link/ensure.ts';
export { type BridgeSettings, createBridge, type NewBridge } from './link/kind/bridge.ts';
export { createDummy } from './link/kind/dummy.ts';
export { createGeneve, type GeneveSettings, type NewGeneve } from './link/kind/geneve.ts';
export { createGretap, type GretapSettings, type NewGretap } from './link/kind/gretap.ts';
export {
  createMacvlan,
  createMacvtap,
  type MacvlanMode,
  type MacvlanSettings,
  type NewMacvlan,
} from './link/kind/macvlan.ts';
export type { LinkDetails, LinkSpecification } from './link/kind/registry.ts';
export { createVeth, type NewVeth, type NewVethEnd } from './link/kind/veth.ts';
export { createVlan, type NewVlan, type VlanDetails } from './link/kind/vlan.ts';
export { createVrf, type NewVrf, type VrfSettings } from './link/kind/vrf.ts';
export { createVxlan, type NewVxlan, type VxlanSettings } from './link/kind/vxlan.ts';
export { type AddressGenerationMode, decodeLink, type Link } from './link/link.ts';
export { LinkConflictError } from './link/link-conflict-error.ts';
export { checkLinkName, LinkNameError, linkNameFor } from './link/link-name.ts';
export { findLink, findLinkSync, listLinks } from './link/query.ts';
export type {
  ChangeAction,
  NetworkChange,
  NetworkSnapshot,
  NetworkTopic,
} from './monitor/network-change.ts';
export { NetworkMonitor, type NetworkMonitorOptions } from './monitor/network-monitor.ts';
export { NativeBindingError } from './native/binding.ts';
export {
  deleteForwarding,
  deleteNeighbour,
  ensureForwarding,
  ensureNeighbour,
  listForwarding,
  listNeighbours,
  type Neighbour,
  type NeighbourState,
  type NewForwarding,
  type NewNeighbour,
} from './neighbour/neighbour.ts';
export { NamedNamespaces } from './network-namespace/named-namespaces.ts';
export { NamespaceError, type NamespaceErrorCode } from './network-namespace/namespace-error.ts';
export type { NamespaceHandle } from './network-namespace/namespace-handle.ts';
export { NetworkNamespace } from './network-namespace/network-namespace.ts';
export {
  OvsdbClient,
  type OvsdbMonitorOptions,
  type OvsdbOperation,
  type OvsdbOptions,
  type OvsdbResult,
  type OvsdbTransactionOptions,
} from './open-vswitch/ovsdb-client.ts';
export { OvsdbError, type OvsdbErrorCode } from './open-vswitch/ovsdb-error.ts';
export type { OvsdbChange } from './open-vswitch/ovsdb-monitor.ts';
export type { Json, OvsdbRow } from './open-vswitch/ovsdb-value.ts';
export * from './open-vswitch/port.ts';
export type { SwitchOptions } from './open-vswitch/switch-applied.ts';
export {
  deleteRoute,
  ensureRoute,
  ensureRouteRequest,
  listRoutes,
  type NewRoute,
  type Route,
  type RouteType,
} from './route/route.ts';
export type { NetlinkOutcome } from './socket/batch.ts';
export type { NetlinkRequest } from './socket/exchange.ts';
export { isKernelError, KernelError } from './socket/kernel-error.ts';
export { NetlinkSocket, type NetlinkSocketOptions, type RequestOptions } from './socket/netlink-socket.ts';
export { NetlinkSocketError, type NetlinkSocketErrorCode } from './socket/netlink-socket-error.ts';
export type { NetlinkTransport } from './socket/transport.ts';
export * from './tcp/listen.ts';
export type * from './tenant-network/contract.ts';
export { createTenantNetworkPlugs } from './tenant-network/plugs.ts';
export { PlugTargetNotationError, parsePlugTargets } from './tenant-network/target/notation.ts';
export { TenantNetworkError, type TenantNetworkErrorCode } from './tenant-network/tenant-network-error.ts';
export * from './unix/unix-stream.ts';
