import { decodeErrorMessage } from '../codec/error-message.ts';
import { ControlType, decodeMessages, encodeMessage, MessageFlag } from '../codec/message.ts';
import { Errno } from '../native/errno.ts';
import type { NetworkNamespace } from '../network-namespace/network-namespace.ts';
import { KernelError } from '../socket/kernel-error.ts';
import { openKernelTransport, SOCKADDR_NL_BYTES } from '../socket/kernel-transport.ts';
import { NetlinkSocketError } from '../socket/netlink-socket-error.ts';
import type { NetlinkTransport } from '../socket/transport.ts';
import { NETFILTER } from './table.ts';

/** One message of a transaction. */
export interface TableChange {
  readonly type: number;
  readonly flags: number;
  readonly payload: Uint8Array;
  readonly description: string;
}

/** NFNL_MSG_BATCH_BEGIN and _END (`<linux/netfilter/nfnetlink.h>`). */
const BEGIN = 0x10;
const END = 0x11;
/** `struct nfgenmsg` with NFNL_SUBSYS_NFTABLES as its resource id, in network order. */
const FRAME = Uint8Array.of(0, 0, 0, 10);
const RECEIVE_BYTES = 32 * 1024;

/** Does all changes, or none. The kernel does them before `send` returns. @throws KernelError of the first refusal. */
export function commit(namespace: NetworkNamespace, changes: readonly TableChange[]): void {
  const transport = openKernelTransport({ namespace, protocol: NETFILTER });
  try {
    const { port } = transport;
    const frame = (type: number): Uint8Array =>
      encodeMessage({ type, flags: MessageFlag.request, sequence: 0, port, payload: FRAME });
    const messages = changes.map(({ type, flags, payload }, n) =>
      encodeMessage({ type, flags: flags | MessageFlag.request | MessageFlag.ack, sequence: n + 1, port, payload }),
    );
    const sent = transport.send(Buffer.concat([frame(BEGIN), ...messages, frame(END)]));
    if (sent < 0) throw new NetlinkSocketError('system_call_failed', 'cannot send an nftables transaction', -sent);
    checkAnswers(transport, changes);
  } finally {
    transport.close();
  }
}

function checkAnswers(transport: NetlinkTransport, changes: readonly TableChange[]): void {
  const answered = new Set<number>();
  const buffer = new Uint8Array(RECEIVE_BYTES);
  for (;;) {
    const length = transport.receive(buffer, new Uint8Array(SOCKADDR_NL_BYTES));
    if (length === -Errno.EAGAIN) break;
    if (length < 0) throw new NetlinkSocketError('system_call_failed', 'cannot receive an answer of nftables', -length);
    for (const message of decodeMessages(buffer.subarray(0, Math.min(length, RECEIVE_BYTES)))) {
      if (message.type !== ControlType.error) continue;
      const { errno, extendedAck } = decodeErrorMessage(message);
      const description = changes[message.sequence - 1]?.description ?? 'change nftables';
      if (errno !== 0) throw new KernelError(errno, description, extendedAck);
      answered.add(message.sequence);
    }
  }
  if (answered.size === changes.length) return;
  throw new NetlinkSocketError('answer_lost', `nftables answered ${answered.size} of ${changes.length} changes`);
}
