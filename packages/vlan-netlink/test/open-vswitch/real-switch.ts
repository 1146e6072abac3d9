import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findGenericFamily, GENERIC_NETLINK } from '../../src/generic/generic-family.ts';
import { NetlinkSocket, OvsdbClient } from '../../src/index.ts';
import { enterFreshNamespace, whyNoNamespaces } from '../../src/testing/index.ts';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

function whyNoSwitch(): string | undefined {
  const reason = whyNoNamespaces();
  if (reason !== undefined) return reason;
  for (const program of ['ovsdb-tool', 'ovsdb-server', 'ovs-vswitchd']) {
    if (spawnSync(program, ['--version']).status !== 0) return `${program} is not installed (openvswitch-switch)`;
  }
  return undefined;
}

async function connectTo(ovsdb: string): Promise<OvsdbClient> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await OvsdbClient.connect(ovsdb);
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(50);
    }
  }
}

async function addBridge(client: OvsdbClient, name: string, datapath: Datapath): Promise<void> {
  await client.transact([
    { op: 'insert', table: 'Interface', 'uuid-name': 'i', row: { name, type: 'internal' } },
    { op: 'insert', table: 'Port', 'uuid-name': 'p', row: { name, interfaces: ['named-uuid', 'i'] } },
    {
      op: 'insert',
      table: 'Bridge',
      'uuid-name': 'b',
      row: { name, datapath_type: datapath, ports: ['named-uuid', 'p'] },
    },
    {
      op: 'mutate',
      table: 'Open_vSwitch',
      where: [],
      mutations: [['bridges', 'insert', ['set', [['named-uuid', 'b']]]]],
    },
  ]);
}

/** The local port of a bridge has this number (OFPP_LOCAL). */
async function waitForPort(client: OvsdbClient, bridge: string): Promise<void> {
  await client.transact([
    {
      op: 'wait',
      timeout: 10_000,
      table: 'Interface',
      where: [['name', '==', bridge]],
      columns: ['ofport'],
      until: '==',
      rows: [{ ofport: 65_534 }],
    },
  ]);
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once('exit', () => resolve());
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await promise;
  clearTimeout(timer);
}

/** A real switch of our own, with its userspace datapath, in the thread's network namespace. */
export interface RealSwitch extends AsyncDisposable {
  readonly ovsdb: string;
  /** The same database over TCP: the network namespace is the test's own, and so are all its ports. */
  readonly ovsdbOverTcp: string;
  readonly client: OvsdbClient;
  /** Ends ovs-vswitchd and starts it again. */
  restart(): Promise<void>;
  /** Stops ovs-vswitchd in its tracks; it does nothing until it is thawed. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

export const whyNoOvs: string | undefined = whyNoSwitch();

/** `netdev`: the switch's own, in userspace. `system`: the kernel's, one for each network namespace. */
export type Datapath = 'netdev' | 'system';

/** Why the kernel has no datapath for Open vSwitch. */
export async function whyNoKernelDatapath(): Promise<string | undefined> {
  if (whyNoOvs !== undefined) return whyNoOvs;
  const fresh = await enterFreshNamespace();
  try {
    using socket = NetlinkSocket.open({ protocol: GENERIC_NETLINK });
    return (await findGenericFamily(socket, 'ovs_datapath')) === undefined
      ? 'this kernel has no Open vSwitch datapath'
      : undefined;
  } finally {
    fresh.leave();
  }
}

export interface RealSwitchOptions {
  readonly datapath?: Datapath;
  /** Interfaces of type `dummy` can be made, which write what they would send to a file (`options:tx_pcap`). */
  readonly dummies?: boolean;
}

export async function startSwitch(options: RealSwitchOptions = {}): Promise<RealSwitch> {
  const { datapath = 'netdev', dummies = false } = options;
  const directory = mkdtempSync(join(tmpdir(), 'ovs-'));
  const environment = { ...process.env, OVS_RUNDIR: directory, OVS_LOGDIR: directory, OVS_DBDIR: directory };
  const socket = join(directory, 'db.sock');
  const ovsdb = `unix:${socket}`;
  spawnSync('ovsdb-tool', ['create', join(directory, 'conf.db'), SCHEMA], { env: environment });
  const start = (program: string, ...given: readonly string[]): ChildProcess =>
    spawn(program, [...given, '--no-chdir', '-vconsole:off', `--unixctl=${join(directory, `${program}.ctl`)}`], {
      env: environment,
      stdio: 'ignore',
    });
  const processes = [
    start('ovsdb-server', join(directory, 'conf.db'), `--remote=punix:${socket}`, '--remote=ptcp:6640:127.0.0.1'),
  ];
  const stop = async (): Promise<void> => {
    for (const child of processes.reverse()) await endProcess(child);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const client = await connectTo(ovsdb);
    await client.transact([{ op: 'insert', table: 'Open_vSwitch', row: {} }]);
    processes.push(start('ovs-vswitchd', ovsdb, ...(dummies ? ['--enable-dummy'] : [])));
    for (const bridge of ['br-p1', 'br-p2']) await addBridge(client, bridge, datapath);
    await waitForPort(client, 'br-p2');
    const end = async (): Promise<void> => {
      // A frozen process would not hear that it should end.
      processes.at(-1)?.kill('SIGCONT');
      client.close();
      await stop();
    };
    return {
      ovsdb,
      ovsdbOverTcp: 'tcp:127.0.0.1:6640',
      client,
      restart: async () => {
        const daemon = processes.pop();
        if (daemon !== undefined) await endProcess(daemon);
        await client.transact([{ op: 'update', table: 'Interface', where: [], row: { ofport: ['set', []] } }]);
        processes.push(start('ovs-vswitchd', ovsdb, ...(dummies ? ['--enable-dummy'] : [])));
        await waitForPort(client, 'br-p2');
      },
      freeze: () => void processes.at(-1)?.kill('SIGSTOP'),
      thaw: () => void processes.at(-1)?.kill('SIGCONT'),
      stop: end,
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
