import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { getDiffieHellman } from 'node:crypto';
import { existsSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { join } from 'node:path';
import type { NbdAccess } from '@iorcl/api';
import { QmpClient } from '@iorcl/iohyp-driver';
import { closeDescriptor, listenTcp } from '@iorcl/vlan-netlink';

/** Why no export can be had here to import; undefined when it can. */
export function whyNoNbdServer(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  for (const program of ['qemu-storage-daemon', 'qemu-io']) {
    if (spawnSync(program, ['--version']).status !== 0) return `needs ${program}`;
  }
  return undefined;
}

/** Why real imports by FUSE can't be tried here; undefined when they can. */
export function importsImpossible(): string | undefined {
  return whyNoNbdServer() ?? (existsSync('/dev/fuse') ? undefined : 'needs /dev/fuse');
}

/** A real NBD server with TLS-PSK over a file, as an I/O host offers it and on a socket as it makes it, on the loopback address. */
export class NbdServer implements AsyncDisposable {
  readonly file: string;
  readonly access: NbdAccess;
  readonly #qmpSocket: string;
  readonly #arguments: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(file: string, access: NbdAccess, qmpSocket: string, args: readonly string[]) {
    this.file = file;
    this.access = access;
    this.#qmpSocket = qmpSocket;
    this.#arguments = args;
  }

  static async start(directory: string, sizeBytes: number): Promise<NbdServer> {
    const keys = join(directory, 'server-keys');
    mkdirSync(keys, { mode: 0o700 });
    const file = join(directory, 'volume');
    writeFileSync(file, Buffer.alloc(sizeBytes));
    const secretHex = '5a'.repeat(32);
    writeFileSync(join(keys, 'keys.psk'), `client-1:${secretHex}\n`, { mode: 0o600 });
    writeFileSync(join(keys, 'dh-params.pem'), diffieHellmanParameters());
    const port = await freePort();
    const access: NbdAccess = {
      transport: 'nbd',
      address: '127.0.0.1',
      port,
      exportName: 'volume-1',
      sizeBytes,
      readOnly: false,
      tls: { kind: 'psk', identity: 'client-1', secretHex },
    };
    const qmpSocket = join(directory, 'server.qmp');
    const server = new NbdServer(file, access, qmpSocket, [
      ...['--chardev', `socket,id=qmp,path=${qmpSocket},server=on,wait=off`],
      ...['--monitor', 'chardev=qmp'],
      ...['--object', `tls-creds-psk,id=tls,endpoint=server,dir=${keys}`],
      ...['--blockdev', `driver=file,node-name=volume,filename=${file},discard=unmap`],
      ...['--nbd-server', 'addr.type=fd,addr.str=3,tls-creds=tls'],
      ...['--export', 'type=nbd,id=volume,node-name=volume,name=volume-1,writable=on'],
    ]);
    await server.run();
    return server;
  }

  /** Starts the server's process (again). */
  async run(): Promise<void> {
    const fd = listenTcp({ address: '127.0.0.1', port: this.access.port });
    this.#process = spawn('qemu-storage-daemon', this.#arguments, { stdio: ['ignore', 'ignore', 'ignore', fd] });
    closeDescriptor(fd);
    const deadline = Date.now() + 60_000;
    while (!(await answers(this.access.port))) {
      if (Date.now() > deadline) throw new Error('the NBD server does not answer');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The volume becomes larger: as at the I/O host, running connections are ended, and new ones learn its size. */
  async grow(sizeBytes: number): Promise<NbdAccess> {
    truncateSync(this.file, sizeBytes);
    using qmp = await QmpClient.connect(this.#qmpSocket);
    const deleted = qmp.waitForEvent('BLOCK_EXPORT_DELETED', () => true);
    await qmp.execute('block-export-del', { id: 'volume', mode: 'hard' });
    await deleted;
    await qmp.execute('block_resize', { 'node-name': 'volume', size: sizeBytes });
    const node = { id: 'volume', 'node-name': 'volume', name: 'volume-1' };
    await qmp.execute('block-export-add', { type: 'nbd', ...node, writable: true });
    return { ...this.access, sizeBytes };
  }

  async kill(): Promise<void> {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** Whether it greets: a socket that is listened on accepts before anybody serves. */
async function answers(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', () => socket.destroy());
    socket.once('error', () => {});
    socket.once('close', () => resolve(socket.bytesRead > 0));
  });
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}

/** RFC 3526's group 14 as PKCS #3: without, QEMU looks for a prime of its own at each start, which takes seconds. */
function diffieHellmanParameters(): string {
  const prime = getDiffieHellman('modp14').getPrime();
  const head = Buffer.from('308201080282010100', 'hex');
  const der = Buffer.concat([head, prime, Buffer.from('020102', 'hex')]).toString('base64');
  return `-----BEGIN DH PARAMETERS-----\n${der.replace(/.{64}/g, '$&\n')}\n-----END DH PARAMETERS-----\n`;
}
