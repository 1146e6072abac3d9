import { littleEndian, viewOf } from '../codec/bytes.ts';
import { AddressFamily, decodeIpAddress, encodeIpAddress, isUnspecified } from '../codec/ip-address.ts';
import { binding } from '../native/binding.ts';
import { describeErrno, Errno, errnoName } from '../native/errno.ts';

const SOCK_STREAM_CLOEXEC = 1 | 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const SOCKADDR_IN_BYTES = 16;
const SOCKADDR_IN6_BYTES = 28;

/** A listening socket could not be made. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** Name of the errno, such as `EADDRINUSE`. */
  readonly code: string;
  readonly address: string;
  readonly port: number;
  readonly retryable: boolean;

  constructor(address: string, port: number, call: string, errno: number) {
    const advice = errno === Errno.EADDRNOTAVAIL ? '; no link of this network namespace has the address' : '';
    super(`cannot listen on [${address}]:${port}: ${call}: ${describeErrno(errno)}${advice}`);
    this.code = errnoName(errno);
    this.address = address;
    this.port = port;
    this.retryable = this.code === 'EADDRINUSE';
  }
}

export interface ListenOptions {
  /** IPv4 or IPv6, without scope. `::` is every address of the namespace, IPv4's too. */
  readonly address: string;
  /** 0 = the kernel chooses. */
  readonly port: number;
  /** Index of the link that a link-local address belongs to (sin6_scope_id). */
  readonly scope?: number;
  /** Connections that may wait to be accepted. Default 128. */
  readonly backlog?: number;
}

/** `struct sockaddr_in` or `struct sockaddr_in6`. */
function encodeSocketAddress({ address, port, scope }: ListenOptions): Uint8Array {
  const ip = encodeIpAddress(address);
  const isV6 = ip.length === 16;
  const bytes = new Uint8Array(isV6 ? SOCKADDR_IN6_BYTES : SOCKADDR_IN_BYTES);
  const view = viewOf(bytes);
  view.setUint16(0, isV6 ? AddressFamily.inet6 : AddressFamily.inet, littleEndian);
  view.setUint16(2, port, false);
  bytes.set(ip, isV6 ? 8 : 4);
  if (isV6) view.setUint32(24, scope ?? 0, littleEndian);
  return bytes;
}

/**
 * Opens a listening TCP socket in the calling thread's network namespace and answers its descriptor.
 * It is closed on exec; `spawn`'s `stdio` hands it to a child. What a connection that it accepts has to send goes out at once
 * (TCP_NODELAY, tcp(7), which they inherit): a server that writes an answer in two pieces would else wait 40 ms between them.
 *
 * @throws ListenError; RangeError for an address or port that is none.
 */
export function listenTcp(options: ListenOptions): number {
  const { address, port } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new RangeError(`${port} is no TCP port`);
  const socketAddress = encodeSocketAddress(options);
  const isV6 = socketAddress.length === SOCKADDR_IN6_BYTES;
  const fd = binding().socket(isV6 ? AddressFamily.inet6 : AddressFamily.inet, SOCK_STREAM_CLOEXEC, 0);
  if (fd < 0) throw new ListenError(address, port, 'socket', -fd);
  const check = (call: string, result: number): void => {
    if (result >= 0) return;
    binding().close(fd);
    throw new ListenError(address, port, call, -result);
  };
  const on = Uint8Array.of(1, 0, 0, 0);
  const off = Uint8Array.of(0, 0, 0, 0);
  check('TCP_NODELAY', binding().setSocketOption(fd, IPPROTO_TCP, TCP_NODELAY, on));
  check('SO_REUSEADDR', binding().setSocketOption(fd, SOL_SOCKET, SO_REUSEADDR, on));
  const only = isUnspecified(address) ? off : on;
  if (isV6) check('IPV6_V6ONLY', binding().setSocketOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, only));
  check('bind', binding().bind(fd, socketAddress));
  check('listen', binding().listen(fd, options.backlog ?? 128));
  return fd;
}

/** Where a socket is bound: tells the port that the kernel chose for port 0. */
export function boundAddress(fd: number): { readonly address: string; readonly port: number } {
  const bytes = new Uint8Array(SOCKADDR_IN6_BYTES);
  const length = binding().socketName(fd, bytes);
  if (length < 0) throw new ListenError('?', 0, 'getsockname', -length);
  const isV6 = length === SOCKADDR_IN6_BYTES;
  return {
    address: decodeIpAddress(bytes.subarray(isV6 ? 8 : 4, isV6 ? 24 : 8)),
    port: viewOf(bytes).getUint16(2, false),
  };
}

/** Closes a descriptor of {@link listenTcp}. */
export function closeDescriptor(fd: number): void {
  binding().close(fd);
}
