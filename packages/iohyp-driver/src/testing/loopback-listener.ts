import { createServer } from 'node:net';
import type { Listener } from '../contract.ts';

/** The part of libuv's TCP handle that we use: Node gives no other way to a bound socket's descriptor. */
interface TcpHandle {
  readonly fd: number;
  bind(address: string, port: number): number;
  getsockname(answer: { port?: number }): number;
  close(): void;
}

/**
 * Handles whose descriptor went to a driver, which closes it. Kept, so that none is collected and closes the same number
 * once more, when it already means something else.
 */
const handedOver: TcpHandle[] = [];

/**
 * Handles that keep a port for this process as long as it lives: nobody who takes any free port gets one that is bound,
 * while whoever asks for this very port with SO_REUSEADDR, as all servers do, may listen on it.
 */
const reservations: TcpHandle[] = [];

/**
 * A {@link Listener} on a free port of 127.0.0.1, for tests. Its socket is bound only: qemu-storage-daemon itself calls
 * listen(2), and this process never accepts what is meant for the daemon. Each call of `openSocket` binds a new socket to
 * the same port.
 */
export async function loopbackListener(): Promise<Listener> {
  const newHandle = await tcpHandles();
  const reservation = bound(newHandle, 0);
  reservations.push(reservation);
  const { port = 0 }: { port?: number } = socketName(reservation);
  return {
    address: '127.0.0.1',
    port,
    openSocket: () => {
      const handle = bound(newHandle, port);
      handedOver.push(handle);
      return handle.fd;
    },
  };
}

/** libuv's handles have no name of their own: one is taken from a server, and made again. */
async function tcpHandles(): Promise<() => TcpHandle> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const Tcp: unknown = Reflect.get(server, '_handle')?.constructor;
  await new Promise((resolve) => server.close(resolve));
  return () => {
    const SERVER_SOCKET = 1;
    const handle: unknown = typeof Tcp === 'function' ? Reflect.construct(Tcp, [SERVER_SOCKET]) : undefined;
    if (!isTcpHandle(handle)) {
      throw new Error('this version of Node.js offers no TCP handle: the tests need another way to a bound socket');
    }
    return handle;
  };
}

/** How long a daemon that was killed may still be listening: the kernel closes its sockets while it ends. */
const LEAVING_MS = 10_000;

/**
 * libuv says of a port in use only when it is asked to listen, which here it never is: whether the socket has its port
 * must be seen. A daemon that listens on one that has none would get any.
 */
function bound(newHandle: () => TcpHandle, port: number): TcpHandle {
  const until = performance.now() + LEAVING_MS;
  for (;;) {
    const handle = newHandle();
    const status = handle.bind('127.0.0.1', port);
    const { port: has = 0 } = socketName(handle);
    if (status === 0 && (port === 0 ? has !== 0 : has === port)) {
      return handle;
    }
    if (status !== 0 || performance.now() > until) {
      throw new Error(`127.0.0.1:${port} can't be bound (libuv status ${status}): is another process listening there?`);
    }
    handle.close();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
}

function socketName(handle: TcpHandle): { port?: number } {
  const answer: { port?: number } = {};
  handle.getsockname(answer);
  return answer;
}

function isTcpHandle(value: unknown): value is TcpHandle {
  return (
    typeof value === 'object' &&
    value !== null &&
    'fd' in value &&
    typeof value.fd === 'number' &&
    'bind' in value &&
    'getsockname' in value &&
    'close' in value
  );
}
