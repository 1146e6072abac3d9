import type { NetlinkSocket, RequestOptions } from '../../socket/netlink-socket.ts';
import { type CreatedLink, createLinkOfKind, type NewLink } from '../create.ts';
import { type Fields, flagField, u16Field, u16NetworkOrderField, u32Field } from './field.ts';
import { type LinkKind, settingsKind } from './link-kind.ts';

/** Settings of a bridge (IFLA_BR_*, `<linux/if_link.h>`). What is not given stays as the kernel has it. */
export interface BridgeSettings {
  /** Frames stay in their VLAN. Default false. */
  readonly vlanFiltering?: boolean;
  /** VLAN of untagged frames on new ports; 0 for none. Default 1. */
  readonly defaultPvid?: number;
  /** Ethernet type of the tags that it filters by: 0x8100 (802.1Q, default) or 0x88a8 (802.1ad). */
  readonly vlanProtocol?: number;
  readonly vlanStatistics?: boolean;
  /** Spanning tree: 0 off (default), 1 in the kernel, 2 by a daemon. */
  readonly spanningTree?: number;
  /** Seconds/100. */
  readonly forwardDelay?: number;
  /** Seconds/100 until an unused entry of the forwarding database goes. */
  readonly ageingTime?: number;
  readonly priority?: number;
  readonly multicastSnooping?: boolean;
  readonly multicastQuerier?: boolean;
  /** Which of 01:80:c2:00:00:0X, which a bridge keeps to itself, it forwards. */
  readonly groupForwardMask?: number;
}

/** The protocol comes before filtering, and filtering before the PVID: the kernel takes them one by one. */
export const bridgeFields: Fields<BridgeSettings> = {
  vlanProtocol: u16NetworkOrderField(8),
  vlanFiltering: flagField(7),
  defaultPvid: u16Field(39),
  vlanStatistics: flagField(41),
  spanningTree: u32Field(5),
  forwardDelay: u32Field(1),
  ageingTime: u32Field(4),
  priority: u16Field(6),
  multicastSnooping: flagField(23),
  multicastQuerier: flagField(25),
  groupForwardMask: u16Field(9),
};

export interface NewBridge extends NewLink, BridgeSettings {}

const changeable: readonly (keyof BridgeSettings)[] = [
  'vlanProtocol',
  'vlanFiltering',
  'defaultPvid',
  'vlanStatistics',
  'spanningTree',
  'forwardDelay',
  'ageingTime',
  'priority',
  'multicastSnooping',
  'multicastQuerier',
  'groupForwardMask',
];

export function bridgeKind(link: BridgeSettings): LinkKind {
  return settingsKind('bridge', bridgeFields, link, { changeable });
}

/** Creates an Ethernet bridge. @throws KernelError `EOPNOTSUPP` for a setting that the kernel lacks, … */
export async function createBridge(
  socket: NetlinkSocket,
  link: NewBridge,
  options?: RequestOptions,
): Promise<CreatedLink> {
  return await createLinkOfKind(socket, link, bridgeKind(link), options);
}
