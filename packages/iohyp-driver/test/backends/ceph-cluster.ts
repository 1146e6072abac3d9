import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalCommandRunner } from '../../src/index.ts';
import { loopbackListener } from '../../src/testing/index.ts';

const runner = new LocalCommandRunner();

export const POOL = 'volumes';
/** The user that OpenStack's own instructions give to Cinder. */
export const USER = 'cinder';

/**
 * A real Ceph of one monitor and one OSD that keeps its objects in memory, on loopback, with cephx. It takes some ten
 * seconds to come up, and knows nothing of a Ceph that the machine may have.
 */
export class CephCluster {
  readonly directory: string;
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #daemons: ChildProcess[] = [];

  private constructor(directory: string, port: number) {
    this.directory = directory;
    this.port = port;
  }

  static async start(): Promise<CephCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'iorcl-ceph-'));
    const [v1, v2] = [(await loopbackListener()).port, (await loopbackListener()).port];
    const cluster = new CephCluster(directory, v1);
    try {
      const addresses = `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`;
      const fsid = randomUUID();
      await writeFile(cluster.path('ceph.conf'), configuration(directory, fsid, addresses));
      await cluster.#startMonitor(fsid, addresses);
      await cluster.#startStorage();
      await cluster.ceph('osd', 'pool', 'create', POOL, '4');
      await cluster.#run('rbd', ['pool', 'init', POOL]);
      const caps = ['mon', 'profile rbd', 'osd', `profile rbd pool=${POOL}`];
      await cluster.ceph(
        'auth',
        'get-or-create',
        `client.${USER}`,
        ...caps,
        '-o',
        cluster.path(`client.${USER}.keyring`),
      );
      return cluster;
    } catch (error) {
      const said = await readFile(cluster.path('osd.0.log'), 'utf8').catch(() => '');
      await cluster[Symbol.asyncDispose]();
      throw new Error(`no Ceph: ${error}; its OSD said: ${said.slice(-500)}`, { cause: error });
    }
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** As the cluster's administrator. */
  ceph(...args: string[]): Promise<string> {
    return this.#run('ceph', ['--connect-timeout', '30', ...args]);
  }

  /** As Cinder. */
  rbd(...args: string[]): Promise<string> {
    return this.#run('rbd', ['--id', USER, ...args]);
  }

  /** An image, with the connection_info that Cinder hands out for it. */
  async newImage(): Promise<{ readonly name: string; readonly info: Record<string, unknown> }> {
    const name = `${POOL}/volume-${randomUUID()}`;
    await this.rbd('create', '--size', '4M', name);
    const info = {
      driver_volume_type: 'rbd',
      name,
      hosts: [this.host],
      ports: [`${this.port}`],
      cluster_name: 'ceph',
      auth_enabled: true,
      auth_username: USER,
    };
    return { name, info };
  }

  /** None of its daemons does anything until the answer is disposed of. */
  hang(): Disposable {
    const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
      for (const daemon of this.#daemons) {
        daemon.kill(name);
      }
    };
    signal('SIGSTOP');
    return { [Symbol.dispose]: () => signal('SIGCONT') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of this.#daemons.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
      const ended = once(daemon, 'exit');
      daemon.kill('SIGKILL');
      await ended;
    }
    await rm(this.directory, { recursive: true, force: true });
  }

  async #startMonitor(fsid: string, addresses: string): Promise<void> {
    const [keys, admin, map] = [this.path('mon.keyring'), this.path('client.admin.keyring'), this.path('monmap')];
    const everything = ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *'];
    await this.#run('ceph-authtool', ['--create-keyring', keys, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *']);
    await this.#run('ceph-authtool', ['--create-keyring', admin, '--gen-key', '-n', 'client.admin', ...everything]);
    await this.#run('ceph-authtool', [keys, '--import-keyring', admin]);
    await this.#run('monmaptool', ['--create', '--addv', 'a', addresses, '--fsid', fsid, map]);
    await mkdir(this.path('mon'));
    await this.#run('ceph-mon', ['--mkfs', '-i', 'a', '--monmap', map, '--keyring', keys]);
    this.#start('ceph-mon', ['-f', '-i', 'a']);
    await this.ceph('mon', 'stat');
  }

  async #startStorage(): Promise<void> {
    const id = randomUUID();
    const secret = (await this.#run('ceph-authtool', ['--gen-print-key'])).trim();
    await this.#run('ceph', ['osd', 'new', id, '-i', '-'], JSON.stringify({ cephx_secret: secret }));
    const keyring = this.path('osd.0.keyring');
    await this.#run('ceph-authtool', ['--create-keyring', keyring, '-n', 'osd.0', '--add-key', secret]);
    await mkdir(this.path('osd'));
    await this.#run('ceph-osd', ['-i', '0', '--mkfs', '--osd-uuid', id]);
    this.#start('ceph-osd', ['-f', '-i', '0']);
  }

  #start(program: string, args: readonly string[]): void {
    this.#daemons.push(spawn(program, ['-c', this.path('ceph.conf'), ...args], { stdio: 'ignore' }));
  }

  async #run(program: string, args: readonly string[], input = ''): Promise<string> {
    const environment = { PATH: process.env['PATH'] ?? '', CEPH_CONF: this.path('ceph.conf') };
    return (await runner.run({ program, args, environment }, { timeoutMs: 90_000, input })).stdout;
  }
}

function configuration(directory: string, fsid: string, addresses: string): string {
  return `[global]
fsid = ${fsid}
mon_host = ${addresses}
public_network = 127.0.0.0/8
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
auth_allow_insecure_global_id_reclaim = false
keyring = ${directory}/$name.keyring
run_dir = ${directory}
admin_socket = ${directory}/$name.$pid.asok
log_file = ${directory}/$name.log
mon_cluster_log_file = ${directory}/cluster.log
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mgr_initial_modules =
[client]
client_mount_timeout = 5
rados_mon_op_timeout = 5
[mon]
mon_data = ${directory}/mon
mon_data_avail_warn = 2
mon_data_avail_crit = 1
[osd]
osd_data = ${directory}/osd
osd_objectstore = memstore
memstore_device_bytes = 268435456
# the smallest value that Ceph takes
osd_memory_target = 939524096
`;
}
