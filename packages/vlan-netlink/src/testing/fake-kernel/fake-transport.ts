import { decodeMessages, type Message } from '../../codec/message.ts';
import { Errno } from '../../native/errno.ts';
import type { NamespaceHandle } from '../../network-namespace/namespace-handle.ts';
import type { NetlinkTransport } from '../../socket/transport.ts';

/** What a socket needs of the fake kernel. */
export interface FakeKernelEntry {
  /** Answers the datagrams that come back. */
  take(request: Message, port: number): readonly Uint8Array[];
  openIn(namespace: NamespaceHandle): NetlinkTransport;
  closed(transport: FakeTransport): void;
}

/** A socket's end in the fake kernel: what it sends is answered before `send` returns, as rtnetlink does. */
export class FakeTransport implements NetlinkTransport {
  readonly port: number;
  readonly groups: readonly number[];
  readonly #kernel: FakeKernelEntry;
  readonly #queueBytes: number;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #overrun = false;
  #wake: (() => void) | undefined;

  constructor(kernel: FakeKernelEntry, port: number, groups: readonly number[], queueBytes: number) {
    this.#kernel = kernel;
    this.port = port;
    this.groups = groups;
    this.#queueBytes = queueBytes;
  }

  send(datagram: Uint8Array): number {
    for (const request of decodeMessages(datagram)) {
      for (const answer of this.#kernel.take(request, this.port)) this.deliver(answer);
    }
    return datagram.length;
  }

  /** Puts a datagram into the receive queue; when it is full, the datagram is lost, and the reader is told. */
  deliver(datagram: Uint8Array): void {
    if (this.#queued + datagram.length > this.#queueBytes) this.#overrun = true;
    else {
      this.#queue.push(datagram);
      this.#queued += datagram.length;
    }
    this.#wake?.();
  }

  receive(buffer: Uint8Array, sender: Uint8Array): number {
    if (this.#overrun) {
      this.#overrun = false;
      return -Errno.ENOBUFS;
    }
    const datagram = this.#queue.shift();
    if (datagram === undefined) return -Errno.EAGAIN;
    this.#queued -= datagram.length;
    buffer.set(datagram.subarray(0, buffer.length));
    // The kernel's own address: AF_NETLINK, port 0.
    sender.fill(0);
    sender[0] = 16;
    return datagram.length;
  }

  async waitReadable(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    if (this.#queue.length > 0 || this.#overrun) return true;
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), timeoutMs);
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    this.#wake = () => resolve(true);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      this.#wake = undefined;
    }
  }

  openIn(namespace: NamespaceHandle): NetlinkTransport {
    return this.#kernel.openIn(namespace);
  }

  close(): void {
    this.#kernel.closed(this);
  }
}
