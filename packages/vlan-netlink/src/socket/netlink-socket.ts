import { readU32 } from '../codec/bytes.ts';
import type { Message } from '../codec/message.ts';
import { Errno } from '../native/errno.ts';
import type { NamespaceHandle } from '../network-namespace/namespace-handle.ts';
import type { NetworkNamespace } from '../network-namespace/network-namespace.ts';
import { Batch, type NetlinkOutcome } from './batch.ts';
import { Exchange, type NetlinkRequest } from './exchange.ts';
import { openKernelTransport, SOCKADDR_NL_BYTES } from './kernel-transport.ts';
import { NetlinkSocketError } from './netlink-socket-error.ts';
import type { NetlinkTransport } from './transport.ts';

/** The kernel fills at most 32 KiB per datagram of a dump. */
const RECEIVE_BYTES = 64 * 1024;
const MAX_ATTEMPTS = 10;
const DEFAULT_TIMEOUT_MS = 10_000;
/** So many answers fit the receive queue, and so long the event loop waits for the kernel. */
const MAX_BATCH = 64;
/** Well below the kernel's limit for one datagram, which is the send buffer (`net.core.wmem_default`). */
const MAX_BATCH_BYTES = 64 * 1024;

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

/** What is sent in one datagram, and takes what comes back. */
interface Conversation {
  readonly datagram: Uint8Array;
  readonly description: string;
  feed(datagram: Uint8Array): boolean;
}

/** Takes the answers of an attempt; the next attempt begins anew. */
interface Collector {
  begin(): void;
  readonly take: (message: Message) => void;
}

/** A socket to the kernel's rtnetlink. Requests on one socket take turns. */
export class NetlinkSocket {
  readonly #transport: NetlinkTransport;
  #open = true;
  #sequence = 0;
  #buffer: Uint8Array = new Uint8Array(RECEIVE_BYTES);
  readonly #sender: Uint8Array = new Uint8Array(SOCKADDR_NL_BYTES);
  #turn: Promise<unknown> = Promise.resolve();
  /** Turns that have not ended. */
  #pending = 0;
  #busy = false;
  readonly #closing = new AbortController();

  private constructor(transport: NetlinkTransport) {
    this.#transport = transport;
  }

  /** @throws NetlinkSocketError, NamespaceError */
  static open(options: NetlinkSocketOptions = {}): NetlinkSocket {
    return new NetlinkSocket(openKernelTransport(options));
  }

  /** A socket that speaks to something else than the kernel, such as the fake one in `./testing`. */
  static over(transport: NetlinkTransport): NetlinkSocket {
    return new NetlinkSocket(transport);
  }

  /** A socket of the same sort in another network namespace. @throws NetlinkSocketError, NamespaceError */
  openIn(namespace: NamespaceHandle): NetlinkSocket {
    return new NetlinkSocket(this.#transport.openIn(namespace));
  }

  /**
   * Sends a request and answers the messages that came back, without the acknowledgement.
   * A dump that was interrupted by a change is read again, so that what is answered is consistent.
   *
   * @throws KernelError when the kernel refuses; NetlinkSocketError; MalformedMessageError; the signal's reason.
   */
  request(request: NetlinkRequest, options: RequestOptions = {}): Promise<readonly Message[]> {
    return this.#inTurn(() => this.#requestInTurn(request, options));
  }

  /**
   * As {@link request}, and answers what `decode` makes of each message, less what is `undefined`. Nothing is copied or
   * kept of the messages themselves: for dumps of thousands.
   *
   * @param decode must not keep the payload, which is overwritten after the call.
   * @throws what {@link request} and `decode` throw.
   */
  collect<T>(
    request: NetlinkRequest,
    decode: (message: Message) => T | undefined,
    options: RequestOptions = {},
  ): Promise<T[]> {
    return this.#inTurn(async () => {
      let found: T[] = [];
      const failures: unknown[] = [];
      await this.#requestInTurn(request, options, {
        begin: () => {
          found = [];
        },
        take: (message) => {
          // The rest of a dump is read first: the kernel begins no other one before.
          try {
            const one = decode(message);
            if (one !== undefined) found.push(one);
          } catch (error) {
            failures.push(error);
          }
        },
      });
      if (failures.length > 0) throw failures[0];
      return found;
    });
  }

  /**
   * Sends many requests, up to 64 in a system call, and answers an outcome for each, in their order. The kernel goes on
   * after one that it refuses. Nothing is sent twice: an answer that was lost is the outcome `answer_lost`. After an
   * abort or the time limit the requests that were not sent have that as their outcome.
   *
   * @throws RangeError for a dump, which needs a turn of its own; NetlinkSocketError; MalformedMessageError.
   */
  requestAll(requests: readonly NetlinkRequest[], options: RequestOptions = {}): Promise<readonly NetlinkOutcome[]> {
    return this.#inTurn(() => this.#requestAllInTurn(requests, options));
  }

  /** As {@link request}, for places that cannot wait, such as inside {@link NetworkNamespace.runInside}. */
  requestSync(request: NetlinkRequest): readonly Message[] {
    if (this.#busy) throw new NetlinkSocketError('system_call_failed', 'another request is under way', Errno.EBUSY);
    for (let attempt = 1; ; attempt++) {
      const exchange = this.#nextExchange(request);
      this.#send(exchange);
      const state = this.#drain(exchange);
      if (state === 'waiting') throw new NetlinkSocketError('timeout', `no answer: ${request.description}`);
      if (this.#isAnswered(exchange, state, attempt)) return exchange.answers;
    }
  }

  /** Closing twice is fine. Requests that wait are refused. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    // First: whoever waits lets go of the descriptor.
    this.#closing.abort(new NetlinkSocketError('closed', 'the netlink socket was closed'));
    this.#transport.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    // Nobody is before us, nearly always: then it starts at once, and the kernel has answered before the first `await`.
    const turn = this.#pending === 0 ? this.#run(action) : this.#turn.then(() => this.#run(action));
    this.#pending++;
    const ended = (): void => void this.#pending--;
    this.#turn = turn.then(ended, ended);
    return turn;
  }

  async #run<T>(action: () => Promise<T>): Promise<T> {
    this.#busy = true;
    try {
      return await action();
    } finally {
      this.#busy = false;
    }
  }

  async #requestInTurn(
    request: NetlinkRequest,
    options: RequestOptions,
    collector?: Collector,
  ): Promise<readonly Message[]> {
    options.signal?.throwIfAborted();
    const signal = this.#endingSignal(options);
    const deadline = performance.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    for (let attempt = 1; ; attempt++) {
      collector?.begin();
      const exchange = this.#nextExchange(request, collector?.take);
      this.#send(exchange);
      let state = this.#drain(exchange);
      if (state === 'waiting') state = await this.#wait(exchange, deadline, signal);
      if (this.#isAnswered(exchange, state, attempt)) return exchange.answers;
    }
  }

  async #requestAllInTurn(requests: readonly NetlinkRequest[], options: RequestOptions): Promise<NetlinkOutcome[]> {
    const signal = this.#endingSignal(options);
    const deadline = performance.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const outcomes: NetlinkOutcome[] = [];
    // What the caller does right after the call, such as to arrange for an abort, comes before the first system call.
    await undefined;
    while (outcomes.length < requests.length) {
      const exchanges = this.#nextBatch(requests, outcomes.length);
      const batch = new Batch(exchanges);
      let ending: unknown;
      try {
        signal.throwIfAborted();
        this.#send(batch);
        if (this.#drain(batch) === 'waiting') await this.#wait(batch, deadline, signal);
      } catch (error) {
        ending = error;
      }
      const lost = ({ description }: Exchange): Error =>
        ending instanceof Error
          ? ending
          : new NetlinkSocketError('answer_lost', `the kernel's answer was lost: ${description}`);
      outcomes.push(...batch.outcomes(lost));
      // What waits on the event loop has a turn between two system calls.
      if (outcomes.length < requests.length) await new Promise((resolve) => setImmediate(resolve));
    }
    return outcomes;
  }

  /** Of many sequence numbers in a row: the numbers must not wrap inside a batch. */
  #nextBatch(requests: readonly NetlinkRequest[], start: number): Exchange[] {
    if (this.#sequence > 0xffff_ffff - MAX_BATCH) this.#sequence = 0;
    const exchanges: Exchange[] = [];
    let bytes = 0;
    for (const request of requests.slice(start, start + MAX_BATCH)) {
      const size = request.payload.length + 32;
      if (exchanges.length > 0 && bytes + size > MAX_BATCH_BYTES) break;
      const exchange = this.#nextExchange(request);
      if (exchange.isDump) throw new RangeError(`a dump cannot be one of several requests: ${request.description}`);
      exchanges.push(exchange);
      bytes += size;
    }
    return exchanges;
  }

  #endingSignal({ signal }: RequestOptions): AbortSignal {
    const closing = this.#closing.signal;
    return signal === undefined ? closing : AbortSignal.any([closing, signal]);
  }

  async #wait(conversation: Conversation, deadline: number, signal: AbortSignal): Promise<Drained> {
    for (;;) {
      const readable = await this.#transport.waitReadable(deadline - performance.now(), signal);
      if (!readable) throw new NetlinkSocketError('timeout', `no answer in time: ${conversation.description}`);
      const state = this.#drain(conversation);
      if (state !== 'waiting') return state;
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

  #nextExchange(request: NetlinkRequest, receive?: (message: Message) => void): Exchange {
    this.#sequence = (this.#sequence % 0xffff_ffff) + 1;
    return new Exchange(request, this.#sequence, this.#transport.port, receive);
  }

  #send({ datagram, description }: Conversation): void {
    if (!this.#open) throw new NetlinkSocketError('closed', `the netlink socket is closed: ${description}`);
    let sent: number;
    do sent = this.#transport.send(datagram);
    while (sent === -Errno.EINTR);
    this.#check(sent, `send a netlink request (${description})`);
  }

  /** Reads until the conversation is over or the queue is empty. */
  #drain(conversation: Conversation): Drained {
    let lost = false;
    for (;;) {
      if (!this.#open) {
        throw new NetlinkSocketError('closed', `the netlink socket was closed: ${conversation.description}`);
      }
      const length = this.#transport.receive(this.#buffer, this.#sender);
      if (length === -Errno.EINTR) continue;
      if (length === -Errno.EAGAIN) return lost ? 'lost' : 'waiting';
      // The queue overflowed: what is left in it must go, before anything is asked again.
      if (length === -Errno.ENOBUFS) {
        lost = true;
        continue;
      }
      this.#check(length, `receive the answer (${conversation.description})`);
      // Any process may send to our address; only the kernel has port 0.
      if (readU32(this.#sender, 4) !== 0) continue;
      if (length > this.#buffer.length) {
        this.#buffer = new Uint8Array(length);
        lost = true;
        continue;
      }
      if (conversation.feed(this.#buffer.subarray(0, length))) return lost ? 'lost' : 'over';
    }
  }

  #check(result: number, what: string): void {
    if (result < 0) throw new NetlinkSocketError('system_call_failed', `cannot ${what}`, -result);
  }
}
