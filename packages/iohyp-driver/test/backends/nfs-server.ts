import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LocalCommandRunner } from '../../src/index.ts';

const runner = new LocalCommandRunner();
const ADDRESS = '192.0.2.1';

/** In namespaces of its own: portmapper and server need their well-known ports. rpcbind resolves nothing on loopback. */
const SCRIPT = `
ip link set lo up
ip link add d0 type veth peer name d1
ip addr add ${ADDRESS}/24 dev d0
ip link set d0 up; ip link set d1 up
mount -t tmpfs iorcl-test /run
mkdir -p /run/ganesha /run/rpcbind
mount -t tmpfs -o size=64m iorcl-test "$1/share"
truncate -s 4M "$1/share/volume-1"
qemu-img create -q -f qcow2 "$1/share/volume-2" 4M
ln -s /etc/passwd "$1/share/link-to-host"
ln -s ../../../etc/passwd "$1/share/link-up"
ln -s volume-1 "$1/share/link-to-own"
rpcbind -f -w &
until [ -S /run/rpcbind.sock ]; do sleep 0.1; done
ganesha.nfsd -F -f "$1/ganesha.conf" -L "$1/ganesha.log" -p /run/ganesha.pid &
exec sleep infinity
`;

/** A real NFS server (nfs-ganesha), with a share of two volumes. Needs root. */
export class NfsServer {
  readonly share: string;
  /** A qemu-storage-daemon that reaches the server. */
  readonly program: string;
  readonly #directory: string;
  readonly #namespaces: ChildProcess;

  private constructor(directory: string) {
    this.#directory = directory;
    this.share = `${ADDRESS}:${directory}/share`;
    this.program = join(directory, 'qemu-storage-daemon');
    const own = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    this.#namespaces = spawn('unshare', [...own, 'bash', '-ec', SCRIPT, 'bash', directory], { stdio: 'ignore' });
  }

  static async start(): Promise<NfsServer> {
    const directory = await mkdtemp(join(tmpdir(), 'iorcl-nfs-'));
    await mkdir(join(directory, 'share'));
    await writeFile(join(directory, 'ganesha.conf'), configuration(`${directory}/share`));
    const server = new NfsServer(directory);
    const enter = `exec nsenter --net=/proc/${server.#namespaces.pid}/ns/net`;
    await writeFile(server.program, `#!/bin/sh\n${enter} qemu-storage-daemon "$@"\n`);
    await chmod(server.program, 0o755);
    const patience = AbortSignal.timeout(60_000);
    for (;;) {
      try {
        await server.#inside('qemu-img', 'info', `nfs://${ADDRESS}${directory}/share/volume-1`);
        return server;
      } catch (cause) {
        if (patience.aborted || server.#namespaces.exitCode !== null) {
          const said = await readFile(join(directory, 'ganesha.log'), 'utf8').catch(() => '');
          await server[Symbol.asyncDispose]();
          throw new Error(`no NFS server: ${said.slice(-1000)}`, { cause });
        }
        await delay(200);
      }
    }
  }

  /** Whether the file on the server has these bytes, as another NFS client sees it. */
  async holds(name: string, offset: number, length: number, pattern: number): Promise<boolean> {
    const read = `read -P ${pattern} ${offset} ${length}`;
    const url = `nfs://${ADDRESS}${this.#directory}/share/${name}`;
    const output = await this.#inside('qemu-io', '-r', '-f', 'raw', '-c', read, url);
    return output.includes(`read ${length}/${length}`) && !/verification failed/i.test(output);
  }

  async #inside(program: string, ...args: string[]): Promise<string> {
    const enter = [`--net=/proc/${this.#namespaces.pid}/ns/net`, program, ...args];
    const { stdout, stderr } = await runner.run({ program: 'nsenter', args: enter }, { timeoutMs: 10_000 });
    return stdout + stderr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#namespaces.exitCode === null && this.#namespaces.signalCode === null) {
      const ended = once(this.#namespaces, 'exit');
      this.#namespaces.kill('SIGKILL');
      await ended;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function configuration(path: string): string {
  return `
NFS_CORE_PARAM { Protocols = 3; Enable_NLM = false; Enable_RQUOTA = false; mount_path_pseudo = false; Enable_UDP = false; }
NFS_KRB5 { Active_krb5 = false; }
EXPORT_DEFAULTS { Access_Type = RW; Squash = No_Root_Squash; SecType = sys; Protocols = 3; Transports = TCP; }
EXPORT { Export_Id = 1; Path = ${path}; Pseudo = /share; FSAL { Name = VFS; } }
`;
}
