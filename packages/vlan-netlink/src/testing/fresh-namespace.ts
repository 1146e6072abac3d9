import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeLink } from '../link/change.ts';
import { findLink } from '../link/query.ts';
import { binding } from '../native/binding.ts';
import { NamedNamespaces } from '../network-namespace/named-namespaces.ts';
import { NetworkNamespace } from '../network-namespace/network-namespace.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';

const MNT_DETACH = 2;

/** A network of one's own to try things in: nothing that is done in it touches the machine's. */
export interface FreshNamespace {
  /** What the calling thread is in now. */
  readonly namespace: NetworkNamespace;
  /** An empty directory for named namespaces, instead of `/run/netns`. */
  readonly namespaceDirectory: string;
  /** An empty directory for the state of plugs, instead of `/run/iorcl/networks`. */
  readonly stateDirectory: string;
  /** Takes the thread back to where it was, and removes the directories with every namespace in them. */
  leave(): void;
}

/** Moves the calling thread into a new network namespace with only a loopback link, which is up. */
export async function enterFreshNamespace(): Promise<FreshNamespace> {
  const home = NetworkNamespace.current();
  const namespace = NetworkNamespace.createAnonymous();
  namespace.enter();
  const directory = mkdtempSync(join(tmpdir(), 'fresh-namespace-'));
  const namespaceDirectory = join(directory, 'netns');
  const leave = (): void => {
    home.enter();
    home.close();
    namespace.close();
    const named = new NamedNamespaces(namespaceDirectory);
    for (const name of named.list()) named.delete(name);
    binding().unmount(namespaceDirectory, MNT_DETACH);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    using socket = NetlinkSocket.open();
    const loopback = await findLink(socket, 'lo');
    if (loopback !== undefined) await changeLink(socket, loopback.index, { up: true });
  } catch (error) {
    leave();
    throw error;
  }
  return { namespace, namespaceDirectory, stateDirectory: join(directory, 'state'), leave };
}

/** Why the calling process cannot make network namespaces; `undefined` when it can. */
export function whyNoNamespaces(): string | undefined {
  try {
    NetworkNamespace.createAnonymous().close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
