import { changeLink } from '../link/change.ts';
import { deleteLink } from '../link/delete.ts';
import { listLinks } from '../link/query.ts';
import type { NamedNamespaces } from '../network-namespace/named-namespaces.ts';
import { NetworkNamespace } from '../network-namespace/network-namespace.ts';
import { listTables, removeTable } from '../nftables/table.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import type { PlugTarget } from './contract.ts';
import { keyOfMark, keyOfNamespace } from './identity.ts';
import { findMarkedPorts } from './target/ovs-mark.ts';

/** Something in the kernel or in a switch that carries a site's mark. Nothing else is ever removed. */
export interface MarkedThing {
  /** Which tenant network it is for. */
  readonly key: string;
  /** For people: `link iop100-abcdefg`. */
  readonly description: string;
  remove(): Promise<void>;
}

/** Where to look. */
export interface MarkedPlaces {
  readonly site: string;
  readonly namespaces: NamedNamespaces;
  /** Switches among these are looked through. */
  readonly targets: readonly PlugTarget[];
}

async function findLinks(site: string): Promise<MarkedThing[]> {
  using socket = NetlinkSocket.open();
  return (await listLinks(socket)).flatMap(({ alias, index, name }) => {
    const key = alias === undefined ? undefined : keyOfMark(site, alias);
    if (key === undefined) return [];
    const remove = async (): Promise<void> => {
      using remover = NetlinkSocket.open();
      await deleteLink(remover, index);
    };
    return [{ key, description: `link ${name}`, remove }];
  });
}

/**
 * Links in a namespace may outlive its name, because a process or socket is still in it.
 * `tun`: what a userspace Open vSwitch makes for an internal port stays when the switch ends.
 */
const madeKinds: readonly (string | undefined)[] = ['veth', 'vlan', 'tun'];

async function emptyNamespace(namespaces: NamedNamespaces, name: string): Promise<void> {
  if (!namespaces.has(name)) return;
  using namespace = namespaces.open(name);
  using socket = NetlinkSocket.open({ namespace });
  for (const { index, kind } of await listLinks(socket)) {
    if (madeKinds.includes(kind)) await deleteLink(socket, index);
    // Only its switch can delete it: silent until then.
    else if (kind === 'openvswitch') await changeLink(socket, index, { up: false });
  }
}

function findNamespaces(site: string, namespaces: NamedNamespaces): MarkedThing[] {
  return namespaces.list().flatMap((name) => {
    const key = keyOfNamespace(site, name);
    if (key === undefined) return [];
    const remove = async (): Promise<void> => {
      await emptyNamespace(namespaces, name);
      namespaces.delete(name);
    };
    return [{ key, description: `namespace ${name}`, remove }];
  });
}

/** The rules that guard links among the host's own; they outlive the link that they name. */
async function findTables(site: string): Promise<MarkedThing[]> {
  using host = NetworkNamespace.current();
  return (await listTables(host)).flatMap((name) => {
    const key = keyOfNamespace(site, name);
    if (key === undefined) return [];
    const remove = async (): Promise<void> => {
      using namespace = NetworkNamespace.current();
      removeTable(namespace, name);
    };
    return [{ key, description: `nftables table ${name}`, remove }];
  });
}

/** Everything that carries the site's mark, in the order in which it should be removed; of one network when `key` is given. */
export async function findMarkedThings(places: MarkedPlaces, key?: string): Promise<MarkedThing[]> {
  const things = [
    ...(await findMarkedPorts(places.site, places.targets)),
    ...(await findLinks(places.site)),
    ...findNamespaces(places.site, places.namespaces),
    ...(await findTables(places.site)),
  ];
  return key === undefined ? things : things.filter((thing) => thing.key === key);
}
