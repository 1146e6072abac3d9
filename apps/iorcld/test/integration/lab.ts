import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProcesses } from '@iorcl/iohyp-driver';
import {
  createBridge,
  createTenantNetworkPlugs,
  listLinks,
  NamedNamespaces,
  NetlinkSocket,
  type TenantNetworkPlugs,
} from '@iorcl/vlan-netlink';
import { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from '@iorcl/vlan-netlink/testing';

/** Why this machine can't run the real data plane; undefined when it can. */
export function whyNoLab(): string | undefined {
  for (const program of ['qemu-storage-daemon', 'qemu-io']) {
    if (spawnSync(program, ['--version']).error !== undefined) return `${program} is not installed`;
  }
  const why = whyNoNamespaces();
  return why === undefined ? undefined : `network namespaces can't be made: ${why}`;
}

/**
 * An I/O host and a compute host with real namespaces, links and processes, in a network namespace of their own: nothing
 * of it touches the machine's network.
 */
export class Lab {
  readonly directory: string;
  readonly namespaces: FreshNamespace;
  /** What the compute host plugs with. */
  readonly computePlugs: TenantNetworkPlugs;

  private constructor(namespaces: FreshNamespace) {
    this.namespaces = namespaces;
    this.directory = mkdtempSync(join(tmpdir(), 'iorcld-lab-'));
    mkdirSync(this.volumesDirectory);
    this.computePlugs = this.plugs('cn', 'compute-1', 'compute-networks');
  }

  static async open(): Promise<Lab> {
    return new Lab(await enterFreshNamespace());
  }

  get volumesDirectory(): string {
    return join(this.directory, 'volumes');
  }

  get runtimeDirectory(): string {
    return join(this.directory, 'qsd');
  }

  get networksDirectory(): string {
    return join(this.directory, 'io-networks');
  }

  plugs(site: string, host: string, state: string): TenantNetworkPlugs {
    return createTenantNetworkPlugs({
      site,
      host,
      targets: { physnet1: { kind: 'bridge' }, physnet2: { kind: 'bridge' } },
      stateDirectory: join(this.directory, state),
      namespaceDirectory: this.namespaces.namespaceDirectory,
    });
  }

  /** The bridge that Neutron's agent would have made for a network. */
  async addBridge(networkId: string): Promise<void> {
    using socket = NetlinkSocket.open();
    await createBridge(socket, { name: `brq${networkId.slice(0, 11)}`, up: true });
  }

  /** Pids of the data-plane processes. */
  async daemons(): Promise<readonly number[]> {
    const found = await findProcesses((args) => args.some((arg) => arg.includes(`${this.runtimeDirectory}/`)));
    return found.map(({ pid }) => pid);
  }

  /** Takes away what a reboot of the I/O host takes: processes, namespaces with their links, and `/run`. */
  async reboot(): Promise<void> {
    for (const pid of await this.daemons()) process.kill(pid, 'SIGKILL');
    this.loseNetworks();
    for (const directory of [this.runtimeDirectory, this.networksDirectory]) rmSync(directory, { recursive: true });
  }

  /** Takes away the I/O host's namespaces while everything runs. */
  loseNetworks(): void {
    const named = new NamedNamespaces(this.namespaces.namespaceDirectory);
    for (const name of named.list()) if (name.startsWith('iorcl-io-')) named.delete(name);
  }

  /** What is there besides what the lab itself made. */
  async leftovers(): Promise<readonly string[]> {
    using socket = NetlinkSocket.open();
    const links = (await listLinks(socket)).map(({ name }) => name);
    return [
      ...(await this.daemons()).map((pid) => `process ${pid}`),
      ...entries(this.runtimeDirectory).map((name) => `runtime ${name}`),
      ...entries(this.namespaces.namespaceDirectory).map((name) => `namespace ${name}`),
      ...entries(this.networksDirectory).map((name) => `network state ${name}`),
      ...links.filter((name) => name !== 'lo' && !name.startsWith('brq')).map((name) => `link ${name}`),
    ];
  }

  async close(): Promise<void> {
    for (const pid of await this.daemons()) process.kill(pid, 'SIGKILL');
    this.namespaces.leave();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function entries(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
