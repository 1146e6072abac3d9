import { littleEndian, viewOf } from '../codec/bytes.ts';
import { binding } from '../native/binding.ts';
import { Errno } from '../native/errno.ts';
import { NetworkNamespace } from '../network-namespace/network-namespace.ts';
import { NetlinkSocketError } from './netlink-socket-error.ts';
import type { NetlinkTransport } from './transport.ts';
import { waitReadable } from './wait-readable.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
/** As SO_RCVBUF, beyond `net.core.rmem_max`; needs CAP_NET_ADMIN in the initial user namespace. */
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
export const SOCKADDR_NL_BYTES = 12;
const RECEIVE_QUEUE_BYTES = 1024 * 1024;

export interface KernelTransportOptions {
  /** The socket belongs to this network namespace for good. Default: the calling thread's. */
  readonly namespace?: NetworkNamespace;
  /** NETLINK_*. Default 0, NETLINK_ROUTE. */
  readonly protocol?: number;
  /** RTNLGRP_*, 1 to 32: what the socket listens to from the start. */
  readonly groups?: readonly number[];
  /** How much the kernel keeps for us until we read it. Default 1 MiB. */
  readonly receiveQueueBytes?: number;
}

/** An AF_NETLINK socket. @throws NetlinkSocketError, NamespaceError */
export function openKernelTransport(options: KernelTransportOptions = {}): NetlinkTransport {
  const open = (): number => binding().socket(AF_NETLINK, SOCK_RAW_CLOEXEC, options.protocol ?? 0);
  const fd = options.namespace === undefined ? open() : options.namespace.runInside(open);
  if (fd < 0) throw new NetlinkSocketError('system_call_failed', 'cannot open a netlink socket', -fd);
  try {
    configure(fd, options);
    const name = new Uint8Array(SOCKADDR_NL_BYTES);
    check(binding().socketName(fd, name), 'read the name of a netlink socket');
    return {
      port: viewOf(name).getUint32(4, littleEndian),
      send: (datagram) => binding().send(fd, datagram),
      receive: (buffer, sender) => binding().receive(fd, buffer, sender),
      waitReadable: (timeoutMs, signal) => waitReadable(fd, timeoutMs, signal),
      openIn: (namespace) => {
        if (namespace instanceof NetworkNamespace) return openKernelTransport({ ...options, namespace });
        throw new TypeError('a socket of the real kernel cannot reach a namespace of a fake one');
      },
      close: () => void binding().close(fd),
    };
  } catch (error) {
    binding().close(fd);
    throw error;
  }
}

function configure(fd: number, { groups = [], receiveQueueBytes = RECEIVE_QUEUE_BYTES }: KernelTransportOptions): void {
  for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK]) {
    const result = binding().setSocketOption(fd, SOL_NETLINK, option, int32(1));
    // Kernels older than 4.20 lack some of these; they only sharpen errors.
    if (result !== -Errno.ENOPROTOOPT) check(result, `set netlink option ${option}`);
  }
  const queue = int32(receiveQueueBytes);
  if (binding().setSocketOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, queue) < 0) {
    binding().setSocketOption(fd, SOL_SOCKET, SO_RCVBUF, queue);
  }
  // Last: from here on messages may come.
  check(binding().bind(fd, socketAddress(groups)), 'bind a netlink socket');
}

function check(result: number, what: string): void {
  if (result < 0) throw new NetlinkSocketError('system_call_failed', `cannot ${what}`, -result);
}

function socketAddress(groups: readonly number[]): Uint8Array {
  const address = new Uint8Array(SOCKADDR_NL_BYTES);
  viewOf(address).setUint16(0, AF_NETLINK, littleEndian);
  const mask = groups.reduce((bits, group) => bits | (1 << (group - 1)), 0);
  viewOf(address).setUint32(8, mask >>> 0, littleEndian);
  return address;
}

function int32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setInt32(0, value, littleEndian);
  return bytes;
}
