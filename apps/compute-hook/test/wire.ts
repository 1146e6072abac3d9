import * as net from 'node:net';
import { createLogger, type Logger } from '@iorcl/service';
import { createFrontDoor, type HookRequest } from '../src/proxy/front-door.ts';
import { ReverseProxy } from '../src/proxy/reverse-proxy.ts';

export const silent: Logger = createLogger({ name: 'test', write: () => {} });

/** A Cinder that says exactly the bytes that it is told to, and remembers exactly the bytes that it was sent. */
export class ScriptedCinder implements AsyncDisposable {
  readonly connections: { received: string; socket: net.Socket; ended: boolean }[] = [];
  readonly #server: net.Server;

  private constructor(server: net.Server) {
    this.#server = server;
  }

  /** `say` is called whenever bytes arrive; what it answers is written, `null` resets the connection. */
  static async start(
    say: (received: string, socket: net.Socket) => string | undefined | null,
  ): Promise<ScriptedCinder> {
    const server = net.createServer({ allowHalfOpen: true });
    const cinder = new ScriptedCinder(server);
    server.on('connection', (socket) => {
      const connection = { received: '', socket, ended: false };
      cinder.connections.push(connection);
      let answered = 0;
      socket.on('data', (chunk: Buffer) => {
        connection.received += chunk.toString('latin1');
        const answer = say(connection.received.slice(answered), socket);
        if (answer === undefined) return;
        answered = connection.received.length;
        if (answer === null) socket.resetAndDestroy();
        else socket.write(answer, 'latin1');
      });
      socket.on('end', () => {
        connection.ended = true;
        socket.end();
      });
      socket.on('close', () => {
        connection.ended = true;
      });
      socket.on('error', () => {});
    });
    await listen(server);
    return cinder;
  }

  get port(): number {
    return portOf(this.#server);
  }

  /** All bytes that arrived, over all connections. */
  get received(): string {
    return this.connections.map((connection) => connection.received).join('');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.connections) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A front door that passes everything through, or does what `handle` says. */
export async function startDoor(
  cinderEndpoint: string,
  handle?: (exchange: HookRequest, proxy: ReverseProxy) => Promise<void>,
  ca?: string,
): Promise<{ port: number; stop(): Promise<void> } & AsyncDisposable> {
  const proxy = new ReverseProxy({ cinderEndpoint, ...(ca === undefined ? {} : { ca }) });
  const server = createFrontDoor({
    connections: proxy.connections,
    logger: silent,
    handle: (exchange) =>
      handle === undefined ? proxy.pass(exchange.request, exchange.response) : handle(exchange, proxy),
  });
  await listen(server);
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: portOf(server), stop, [Symbol.asyncDispose]: stop };
}

/** A client that says exactly the bytes that it is told to. */
export class RawClient implements Disposable {
  received = '';
  ended = false;
  readonly socket: net.Socket;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
    });
    socket.on('end', () => {
      this.ended = true;
    });
    socket.on('close', () => {
      this.ended = true;
    });
    socket.on('error', () => {});
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  write(bytes: string): void {
    this.socket.write(bytes, 'latin1');
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** Waits until `condition` holds, at most 15 s. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function listen(server: net.Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function portOf(server: net.Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}
