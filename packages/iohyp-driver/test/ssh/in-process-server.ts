import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';

/** A key pair of ssh2's own making. Now and then it makes one that it can't read again; such a one is no use. */
export function keyPair(): { readonly privateKey: string; readonly publicKey: string } {
  for (;;) {
    const { private: privateKey, public: publicKey } = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(privateKey) instanceof Error)) return { privateKey, publicKey };
  }
}

export function fingerprintOf(publicKey: string): string {
  const bytes = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '')}`;
}

/** An SSH server in this process, which gives each line to /bin/sh, and with which things can go wrong on request. */
export class InProcessServer {
  readonly host = '127.0.0.1';
  readonly username = 'operator';
  readonly client: ReturnType<typeof keyPair> = keyPair();
  readonly hostKey: ReturnType<typeof keyPair> = keyPair();
  /** The lines that it was sent. */
  readonly lines: string[] = [];
  /** Most programs that ever ran at a time. */
  mostChannels = 0;
  connections = 0;
  readonly #server: ssh2.Server;
  readonly #proxy: Server;
  readonly #sockets = new Set<Socket>();
  readonly #open = new Set<Connection>();
  #channels = 0;
  #refusing = false;

  private constructor() {
    this.#server = new ssh2.Server({ hostKeys: [this.hostKey.privateKey] }, (connection) => this.#serve(connection));
    this.#proxy = createServer((socket) => this.#forward(socket));
  }

  static async start(): Promise<InProcessServer> {
    const server = new InProcessServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => server.#proxy.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return portOf(this.#proxy.address());
  }

  /** New connections end at once, or no longer do. */
  refuseConnections(refuse: boolean): void {
    this.#refusing = refuse;
  }

  /** Every connection breaks, as when a cable is cut and the other end says so. */
  dropConnections(): void {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }

  /** From now on no byte passes on the connections there are, as when a cable is cut and nobody says so. */
  freezeConnections(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  async stop(): Promise<void> {
    this.dropConnections();
    for (const connection of this.#open) {
      connection.end();
    }
    await new Promise((resolve) => this.#proxy.close(resolve));
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #forward(socket: Socket): void {
    if (this.#refusing) {
      socket.destroy();
      return;
    }
    this.connections += 1;
    const other = connect(portOf(this.#server.address()), '127.0.0.1');
    for (const [one, two] of [
      [socket, other],
      [other, socket],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => {});
      one.once('close', () => {
        this.#sockets.delete(one);
        two.destroy();
      });
      one.pipe(two);
    }
  }

  #serve(connection: Connection): void {
    this.#open.add(connection);
    connection.once('close', () => this.#open.delete(connection));
    connection.on('error', () => {});
    const allowed = ssh2.utils.parseKey(this.client.publicKey);
    connection.on('authentication', (attempt) => {
      const known =
        attempt.method === 'publickey' &&
        !(allowed instanceof Error) &&
        !Array.isArray(allowed) &&
        attempt.username === this.username &&
        attempt.key.data.equals(allowed.getPublicSSH());
      if (known) {
        attempt.accept();
      } else {
        attempt.reject(['publickey']);
      }
    });
    connection.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => this.#run(command, acceptExec()));
    });
  }

  #run(line: string, channel: ServerChannel): void {
    this.lines.push(line);
    this.#channels += 1;
    this.mostChannels = Math.max(this.mostChannels, this.#channels);
    const child = spawn('/bin/sh', ['-c', line], { stdio: 'pipe', detached: true });
    channel.on('error', () => {});
    channel.on('signal', (name: string) => {
      if (name === 'KILL') {
        killGroup(child.pid);
      }
    });
    child.stdin.on('error', () => {});
    channel.pipe(child.stdin);
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    child.once('close', (exitCode, signal) => {
      this.#channels -= 1;
      if (signal === null) {
        channel.exit(exitCode ?? 0);
      } else {
        channel.exit(signal.slice(3));
      }
      channel.end();
    });
    channel.once('close', () => killGroup(child.pid));
  }
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function killGroup(pid: number | undefined): void {
  try {
    process.kill(-(pid ?? Number.NaN), 'SIGKILL');
  } catch {
    // It has ended.
  }
}
