import type { NamespaceHandle } from '../network-namespace/namespace-handle.ts';

/** What a netlink socket needs of the kernel. The real one is `openKernelTransport`; tests may bring their own. */
export interface NetlinkTransport {
  /** Our address, which the kernel writes into its answers. */
  readonly port: number;
  /** Bytes sent, or a negative errno. Never waits. */
  send(datagram: Uint8Array): number;
  /**
   * The datagram's true length, which may exceed the buffer's, or a negative errno (EAGAIN when there is none).
   *
   * @param sender is filled with the sender's `struct sockaddr_nl`.
   */
  receive(buffer: Uint8Array, sender: Uint8Array): number;
  /** Whether there is something to receive in time. Rejects with the signal's reason. */
  waitReadable(timeoutMs: number, signal: AbortSignal): Promise<boolean>;
  /** Another one of the same sort in another network namespace. */
  openIn(namespace: NamespaceHandle): NetlinkTransport;
  close(): void;
}
