import { littleEndian, viewOf } from '../codec/bytes.ts';
import type { Message } from '../codec/message.ts';
import { binding } from '../native/binding.ts';
import { Errno } from '../native/errno.ts';
import type { NetworkNamespace } from '../network-namespace/network-namespace.ts';
import { Exchange, type NetlinkRequest } from './exchange.ts';
import { NetlinkSocketError } from './netlink-socket-error.ts';
import { waitReadable } from './wait-readable.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
const SOCKADDR_NL_BYTES = 12;
/** The kernel fills at most 32 KiB per datagram of a dump. */
const RECEIVE_BYTES = 64 * 1024;
const RECEIVE_QUEUE_BYTES = 1024 * 1024;
const MAX_ATTEMPTS = 10;

export interface NetlinkSocketOptions {
  /** The socket belongs to this network namespace for good. Default: the calling thread's. */
  readonly namespace?: NetworkNamespace;
  /** NETLINK_*. Default 0, NETLINK_ROUTE. */
  readonly protocol?: number;
}

export interface RequestOptions {
  /** Default 10,000. The kernel answers rtnetlink before `send` returns, so this is a safety net. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

type Drained = 'over' | 'waiting' | 'lost';

/** A socket to the kernel's rtnetlink. Requests on one socket take turns. */
export class NetlinkSocket {
  readonly #port: number;
  #fd: number;
  #sequence = 0;
  #buffer: Uint8Array = new Uint8Array(RECEIVE_BYTES);
  #turn: Promise<unknown> = Promise.resolve();
  #busy = false;
  readonly #closing = new AbortController();

  private constructor(fd: number) {
    this.#fd = fd;
    try {
      this.#check(binding().bind(fd, socketAddress()), 'bind a netlink socket');
      for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK]) this.#enable(option);
      binding().setSocketOption(fd, SOL_SOCKET, SO_RCVBUF, int32(RECEIVE_QUEUE_BYTES));
      const name = new Uint8Array(SOCKADDR_NL_BYTES);
      this.#check(binding().socketName(fd, name), 'read the name of a netlink socket');
      this.#port = viewOf(name).getUint32(4, littleEndian);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** @throws NetlinkSocketError, NamespaceError */
  static open(options: NetlinkSocketOptions = {}): NetlinkSocket {
    const open = (): number => binding().socket(AF_NETLINK, SOCK_RAW_CLOEXEC, options.protocol ?? 0);
    const fd = options.namespace === undefined ? open() : options.namespace.runInside(open);
    if (fd < 0) throw new NetlinkSocketError('system_call_failed', 'cannot open a netlink socket', -fd);
    return new NetlinkSocket(fd);
  }

  /**
   * Sends a request and answers the messages that came back, without the acknowledgement.
   * A dump that was interrupted by a change is read again, so that what is answered is consistent.
   *
   * @throws KernelError when the kernel refuses; NetlinkSocketError; MalformedMessageError.
   */
  request(request: NetlinkRequest, options: RequestOptions = {}): Promise<readonly Message[]> {
    const turn = this.#turn.then(() => this.#requestInTurn(request, options));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** As {@link request}, for places that cannot wait, such as inside {@link NetworkNamespace.runInside}. */
  requestSync(request: NetlinkRequest): readonly Message[] {
    if (this.#busy) throw new NetlinkSocketError('system_call_failed', 'another request is under way', Errno.EBUSY);
    for (let attempt = 1; ; attempt++) {
      const exchange = this.#send(request);
      const state = this.#drain(exchange);
      if (state === 'waiting') throw new NetlinkSocketError('timeout', `no answer: ${request.description}`);
      if (this.#isAnswered(exchange, state, attempt)) return exchange.answers;
    }
  }

  /** Closing twice is fine. Requests that wait are refused. */
  close(): void {
    if (this.#fd < 0) return;
    binding().close(this.#fd);
    this.#fd = -1;
    this.#closing.abort(new NetlinkSocketError('closed', 'the netlink socket was closed'));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #requestInTurn(request: NetlinkRequest, options: RequestOptions): Promise<readonly Message[]> {
    options.signal?.throwIfAborted();
    const closing = this.#closing.signal;
    const signal = options.signal === undefined ? closing : AbortSignal.any([closing, options.signal]);
    const deadline = performance.now() + (options.timeoutMs ?? 10_000);
    this.#busy = true;
    try {
      for (let attempt = 1; ; attempt++) {
        const exchange = this.#send(request);
        let state = this.#drain(exchange);
        while (state === 'waiting') {
          const readable = await waitReadable(this.#fd, deadline - performance.now(), signal);
          if (!readable) throw new NetlinkSocketError('timeout', `no answer in time: ${request.description}`);
          state = this.#drain(exchange);
        }
        if (this.#isAnswered(exchange, state, attempt)) return exchange.answers;
      }
    } finally {
      this.#busy = false;
    }
  }

  /** Whether the answers are whole; if they aren't, but asking again helps, `false`. */
  #isAnswered(exchange: Exchange, state: Drained, attempt: number): boolean {
    const { description } = exchange.request;
    if (state === 'lost' && (!exchange.isRead || attempt >= MAX_ATTEMPTS)) {
      throw new NetlinkSocketError('answer_lost', `the kernel's answer was lost: ${description}`);
    }
    if (exchange.interrupted && attempt >= MAX_ATTEMPTS) {
      throw new NetlinkSocketError('dump_interrupted', `changes interrupted ${attempt} attempts: ${description}`);
    }
    return state !== 'lost' && !exchange.interrupted;
  }

  #send(request: NetlinkRequest): Exchange {
    if (this.#fd < 0) throw new NetlinkSocketError('closed', `the netlink socket is closed: ${request.description}`);
    this.#sequence = (this.#sequence % 0xffff_ffff) + 1;
    const exchange = new Exchange(request, this.#sequence, this.#port);
    let sent: number;
    do sent = binding().send(this.#fd, exchange.datagram);
    while (sent === -Errno.EINTR);
    this.#check(sent, `send a netlink request (${request.description})`);
    return exchange;
  }

  /** Reads until the exchange is over or the queue is empty. */
  #drain(exchange: Exchange): Drained {
    let lost = false;
    for (;;) {
      if (this.#fd < 0) {
        throw new NetlinkSocketError('closed', `the netlink socket was closed: ${exchange.request.description}`);
      }
      const sender = new Uint8Array(SOCKADDR_NL_BYTES);
      const length = binding().receive(this.#fd, this.#buffer, sender);
      if (length === -Errno.EINTR) continue;
      if (length === -Errno.EAGAIN) return lost ? 'lost' : 'waiting';
      // The queue overflowed: what is left in it must go, before anything is asked again.
      if (length === -Errno.ENOBUFS) {
        lost = true;
        continue;
      }
      this.#check(length, `receive the answer (${exchange.request.description})`);
      // Any process may send to our address; only the kernel has port 0.
      if (viewOf(sender).getUint32(4, littleEndian) !== 0) continue;
      if (length > this.#buffer.length) {
        this.#buffer = new Uint8Array(length);
        lost = true;
        continue;
      }
      if (exchange.feed(this.#buffer.subarray(0, length))) return lost ? 'lost' : 'over';
    }
  }

  #enable(option: number): void {
    const result = binding().setSocketOption(this.#fd, SOL_NETLINK, option, int32(1));
    // Kernels older than 4.20 lack some of these; they only sharpen errors.
    if (result < 0 && result !== -Errno.ENOPROTOOPT) this.#check(result, `set netlink option ${option}`);
  }

  #check(result: number, what: string): void {
    if (result < 0) throw new NetlinkSocketError('system_call_failed', `cannot ${what}`, -result);
  }
}

function socketAddress(): Uint8Array {
  const address = new Uint8Array(SOCKADDR_NL_BYTES);
  viewOf(address).setUint16(0, AF_NETLINK, littleEndian);
  return address;
}

function int32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setInt32(0, value, littleEndian);
  return bytes;
}
