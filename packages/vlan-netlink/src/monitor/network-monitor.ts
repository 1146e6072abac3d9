import { listAddresses } from '../address/address.ts';
import { littleEndian, viewOf } from '../codec/bytes.ts';
import { decodeMessages } from '../codec/message.ts';
import { listLinks } from '../link/query.ts';
import { Errno } from '../native/errno.ts';
import { listForwarding, listNeighbours } from '../neighbour/neighbour.ts';
import type { NetworkNamespace } from '../network-namespace/network-namespace.ts';
import { listRoutes } from '../route/route.ts';
import { openKernelTransport, SOCKADDR_NL_BYTES } from '../socket/kernel-transport.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import { NetlinkSocketError } from '../socket/netlink-socket-error.ts';
import type { NetlinkTransport } from '../socket/transport.ts';
import { decodeChange, type NetworkChange, type NetworkSnapshot, type NetworkTopic } from './network-change.ts';

/** RTNLGRP_* (`<linux/rtnetlink.h>`). */
const groups: Readonly<Record<NetworkTopic, readonly number[]>> = {
  link: [1],
  neighbour: [3],
  address: [5, 9],
  route: [7, 11],
};

const RECEIVE_BYTES = 64 * 1024;
/** setTimeout takes no more; nothing happens then but another wait. */
const LONG_MS = 2 ** 31 - 1;

export interface NetworkMonitorOptions {
  /** Which namespace to watch, for good. Default: the calling thread's. */
  readonly namespace?: NetworkNamespace;
  /** Default: all. */
  readonly topics?: readonly NetworkTopic[];
  /** Begin with a snapshot of all there is. Default false. */
  readonly snapshot?: boolean;
  /** Ends the iteration with the signal's reason. */
  readonly signal?: AbortSignal;
  /** How much the kernel keeps until it is read. Default 1 MiB, which is about a thousand links. */
  readonly receiveQueueBytes?: number;
}

type Received = readonly NetworkChange[] | 'none' | 'lost';

/**
 * Tells what changes in a network namespace, from the moment it is opened.
 *
 * The kernel keeps changes until they are asked for; nothing is read ahead, and no thread waits. When more happens than it
 * keeps, the next item is a snapshot that stands for what was lost. For one reader.
 *
 * ```ts
 * using monitor = NetworkMonitor.open({ topics: ['link'] });
 * for await (const change of monitor) if (change.topic === 'link') console.log(change.action, change.link.name);
 * ```
 */
export class NetworkMonitor implements AsyncIterable<NetworkChange> {
  readonly #options: NetworkMonitorOptions;
  readonly #topics: ReadonlySet<NetworkTopic>;
  readonly #transport: NetlinkTransport;
  /** For snapshots. */
  readonly #socket: NetlinkSocket;
  readonly #closing = new AbortController();
  #buffer: Uint8Array = new Uint8Array(RECEIVE_BYTES);

  private constructor(options: NetworkMonitorOptions, transport: NetlinkTransport, socket: NetlinkSocket) {
    this.#options = options;
    this.#topics = new Set(options.topics ?? ['link', 'address', 'route', 'neighbour']);
    this.#transport = transport;
    this.#socket = socket;
  }

  /** @throws NetlinkSocketError, NamespaceError */
  static open(options: NetworkMonitorOptions = {}): NetworkMonitor {
    const { namespace, receiveQueueBytes } = options;
    const where = namespace === undefined ? {} : { namespace };
    const queue = receiveQueueBytes === undefined ? {} : { receiveQueueBytes };
    return NetworkMonitor.over(
      (wanted) => openKernelTransport({ ...where, ...queue, groups: wanted }),
      NetlinkSocket.open(where),
      options,
    );
  }

  /**
   * A monitor of something else than the kernel, such as the fake one in `./testing`.
   *
   * @param subscribe opens what the changes of these groups (RTNLGRP_*) come from.
   * @param socket for snapshots, closed with the monitor.
   */
  static over(
    subscribe: (groups: readonly number[]) => NetlinkTransport,
    socket: NetlinkSocket,
    options: NetworkMonitorOptions = {},
  ): NetworkMonitor {
    const { topics = ['link', 'address', 'route', 'neighbour'] } = options;
    try {
      return new NetworkMonitor(options, subscribe(topics.flatMap((topic) => groups[topic])), socket);
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /** Ends the iteration, also while it waits. Closing twice is fine. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    // First: whoever waits lets go of the descriptor.
    this.#closing.abort(new NetlinkSocketError('closed', 'the monitor was closed'));
    this.#transport.close();
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @throws NetlinkSocketError, MalformedMessageError, the signal's reason. */
  async *[Symbol.asyncIterator](): AsyncGenerator<NetworkChange, void, void> {
    const { signal, snapshot } = this.#options;
    const ending = AbortSignal.any([this.#closing.signal, ...(signal === undefined ? [] : [signal])]);
    try {
      if (snapshot === true) yield await this.#snapshot('start', ending);
      for (;;) {
        ending.throwIfAborted();
        const received = this.#receive();
        if (received === 'none') await this.#transport.waitReadable(LONG_MS, ending);
        else if (received === 'lost') yield await this.#snapshot('lost', ending);
        else yield* received;
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) throw error;
    } finally {
      this.close();
    }
  }

  /** One datagram, or what became of it. */
  #receive(): Received {
    const sender = new Uint8Array(SOCKADDR_NL_BYTES);
    const length = this.#transport.receive(this.#buffer, sender);
    if (length === -Errno.EAGAIN) return 'none';
    if (length === -Errno.EINTR) return [];
    if (length === -Errno.ENOBUFS) return this.#discard();
    if (length < 0) throw new NetlinkSocketError('system_call_failed', 'cannot receive network changes', -length);
    if (length > this.#buffer.length) {
      this.#buffer = new Uint8Array(length);
      return this.#discard();
    }
    // Any process may send to our address; only the kernel has port 0.
    if (viewOf(sender).getUint32(4, littleEndian) !== 0) return [];
    const changes = decodeMessages(this.#buffer.subarray(0, length)).map(decodeChange);
    return changes.filter((change) => change !== undefined);
  }

  /** What is queued is older than the snapshot that comes next. */
  #discard(): 'lost' {
    for (;;) {
      const length = this.#transport.receive(this.#buffer, new Uint8Array(SOCKADDR_NL_BYTES));
      if (length === -Errno.EAGAIN) return 'lost';
      if (length < 0 && length !== -Errno.EINTR && length !== -Errno.ENOBUFS) {
        throw new NetlinkSocketError('system_call_failed', 'cannot receive network changes', -length);
      }
    }
  }

  async #snapshot(reason: NetworkSnapshot['reason'], signal: AbortSignal): Promise<NetworkSnapshot> {
    const socket = this.#socket;
    const read = async <T>(topic: NetworkTopic, list: () => Promise<readonly T[]>): Promise<readonly T[]> =>
      this.#topics.has(topic) ? await list() : [];
    return {
      topic: 'snapshot',
      reason,
      links: await read('link', () => listLinks(socket, { signal })),
      addresses: await read('address', () => listAddresses(socket, undefined, { signal })),
      routes: await read('route', () => listRoutes(socket, {}, { signal })),
      neighbours: await read('neighbour', async () => [
        ...(await listNeighbours(socket, undefined, { signal })),
        ...(await listForwarding(socket, undefined, { signal })),
      ]),
    };
  }
}
