import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeCloud } from '@iorcl/openstack-client/testing';
import {
  changeLink,
  createBridge,
  createVeth,
  ensureAddress,
  findLink,
  listLinks,
  NetlinkSocket,
  NetworkNamespace,
} from '@iorcl/vlan-netlink';

/** Both tenants chose the same addresses for their machines. */
const GUEST_ADDRESS = '10.0.0.5';
const GUEST_MAC = '02:00:0a:00:00:05';

/** A tenant of the demo: a network, an instance on it, and the instance's own network namespace, as if it were a VM. */
export interface Tenant {
  readonly networkId: string;
  readonly serverId: string;
  readonly guest: NetworkNamespace;
}

export interface Stage {
  readonly directory: string;
  readonly importsDirectory: string;
  readonly volumesDirectory: string;
  readonly cloud: FakeCloud;
  readonly blue: Tenant;
  readonly red: Tenant;
  /** An instance of a flavor without `io:enabled`, on blue's network. */
  readonly plainServerId: string;
  /** Names of the links in the hosts' own namespace. */
  linkNames(): Promise<readonly string[]>;
  clear(): Promise<void>;
}

export const COMPUTE_HOST = 'compute-1';

/** Builds the cloud, the two VLANs and the guests; what it writes lies below the directory. The caller's network and mount namespaces must be its own. */
export async function buildStage(directory: string): Promise<Stage> {
  const importsDirectory = join(directory, 'imports');
  const volumesDirectory = join(directory, 'volumes');
  for (const path of [importsDirectory, volumesDirectory]) mkdirSync(path);
  run('mount', '--bind', importsDirectory, importsDirectory);
  run('mount', '--make-shared', importsDirectory);
  const cloud = await FakeCloud.start({ volumesDirectory });
  const socket = NetlinkSocket.open();
  await bringUp(socket, 'lo');

  const ioFlavor = cloud.addFlavor({ name: 'io.small', extraSpecs: { 'io:enabled': '1' } });
  const plainFlavor = cloud.addFlavor({ name: 'm1.small', extraSpecs: {} });
  const addTenant = async (name: string, vlan: number): Promise<Tenant> => {
    const network = cloud.addNetwork({ name, physicalNetwork: 'physnet1', segmentationId: vlan, cidr: '10.0.0.0/24' });
    const bridge = `brq${network.id.slice(0, 11)}`;
    await createBridge(socket, { name: bridge, up: true });
    const server = cloud.addServer({
      name: `vm-${name}`,
      flavor: ioFlavor.id,
      networks: [network.id],
      host: COMPUTE_HOST,
    });
    return { networkId: network.id, serverId: server.id, guest: await plugGuest(socket, `tap-${name}`, bridge) };
  };
  const blue = await addTenant('blue', 100);
  const red = await addTenant('red', 101);
  const plain = cloud.addServer({
    name: 'vm-plain',
    flavor: plainFlavor.id,
    networks: [blue.networkId],
    host: COMPUTE_HOST,
  });

  return {
    directory,
    importsDirectory,
    volumesDirectory,
    cloud,
    blue,
    red,
    plainServerId: plain.id,
    linkNames: async () => (await listLinks(socket)).map(({ name }) => name).sort(),
    clear: async () => {
      blue.guest.close();
      red.guest.close();
      socket.close();
      await cloud.stop();
    },
  };
}

/** Gives a guest a namespace of its own and plugs it into its network's bridge, as nova-compute would its tap. */
async function plugGuest(socket: NetlinkSocket, tap: string, bridgeName: string): Promise<NetworkNamespace> {
  const guest = NetworkNamespace.createAnonymous();
  // Gives up on an address without an answer after 3 s, not after two minutes.
  guest.runInside(() => writeFileSync('/proc/sys/net/ipv4/tcp_syn_retries', '1'));
  await createVeth(socket, { name: tap, peer: { name: 'eth0', mac: GUEST_MAC, namespace: guest } });
  const bridge = await findLink(socket, bridgeName);
  const port = await findLink(socket, tap);
  if (bridge === undefined || port === undefined) throw new Error(`${tap} or ${bridgeName} is missing`);
  await changeLink(socket, port.index, { master: bridge.index, up: true });
  using inside = guest.runInside(() => NetlinkSocket.open());
  const eth0 = await bringUp(inside, 'eth0');
  await ensureAddress(inside, { index: eth0, address: GUEST_ADDRESS, prefixLength: 24 });
  return guest;
}

async function bringUp(socket: NetlinkSocket, name: string): Promise<number> {
  const link = await findLink(socket, name);
  if (link === undefined) throw new Error(`the link ${name} is missing`);
  await changeLink(socket, link.index, { up: true });
  return link.index;
}

function run(file: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(file, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} ${args.join(' ')} failed: ${stderr}`);
}
