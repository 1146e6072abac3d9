import { MalformedMessageError } from '../../codec/malformed-message-error.ts';
import { type Message, MessageFlag } from '../../codec/message.ts';
import { NetworkMonitor, type NetworkMonitorOptions } from '../../monitor/network-monitor.ts';
import { errnoNumber } from '../../native/errno.ts';
import type { NamespaceHandle } from '../../network-namespace/namespace-handle.ts';
import { NetlinkSocket } from '../../socket/netlink-socket.ts';
import { addressHandlers } from './address-requests.ts';
import { acknowledgement, dump, message, refusal } from './answer.ts';
import { bridgeVlanHandlers } from './bridge-vlan-requests.ts';
import { FakeNamespace } from './fake-namespace.ts';
import type { FakeHandler } from './fake-request.ts';
import { FakeTransport } from './fake-transport.ts';
import { linkHandlers } from './link-requests.ts';
import { neighbourHandlers } from './neighbour-requests.ts';
import { FakeErrno, Refusal } from './refusal.ts';
import { routeHandlers } from './route-requests.ts';

const AF_BRIDGE = 7;
/** Descriptors that no process has. */
const FIRST_FD = 1_000_000_000;
const DEFAULT_QUEUE_BYTES = 1024 * 1024;

const handlers: ReadonlyMap<number, FakeHandler> = new Map([
  ...linkHandlers,
  ...addressHandlers,
  ...routeHandlers,
  ...neighbourHandlers,
]);

const allKinds: readonly string[] = [
  'bridge',
  'dummy',
  'geneve',
  'gretap',
  'ip6gretap',
  'macvlan',
  'macvtap',
  'veth',
  'vlan',
  'vrf',
  'vxlan',
];

export interface FakeKernelOptions {
  /** Kinds of links that it has, such as `vlan`. Default: all that this package can create. */
  readonly kinds?: readonly string[];
}

/** What a program asked for, as {@link FakeKernel.refuseWhen} sees it. */
export type FakeRefusal = (request: { readonly type: number; readonly payload: Uint8Array }) => string | undefined;

/**
 * A kernel in memory that speaks rtnetlink: for tests of programs that use this package, where there are no privileges,
 * no Linux, or a failure is wanted that a real kernel does not give. It knows links, addresses, routes, neighbours,
 * forwarding databases, VLANs of bridges, namespaces and changes, and refuses what a real one refuses. No frames pass.
 *
 * ```ts
 * const kernel = new FakeKernel();
 * using socket = kernel.openSocket();
 * await ensureLink(socket, { kind: 'bridge', name: 'br0', up: true });
 * ```
 */
export class FakeKernel {
  /** Where a program is at first. */
  readonly namespace: FakeNamespace;
  readonly #namespaces: FakeNamespace[] = [];
  readonly #kinds: readonly string[];
  #lastPort = 0;
  #refusal: FakeRefusal = () => undefined;

  constructor({ kinds = allKinds }: FakeKernelOptions = {}) {
    this.#kinds = kinds;
    this.namespace = this.createNamespace();
  }

  /** A network namespace with only a loopback link, which is down. */
  createNamespace(): FakeNamespace {
    const number = this.#namespaces.length;
    const namespace = new FakeNamespace(FIRST_FD + number, number);
    this.#namespaces.push(namespace);
    return namespace;
  }

  openSocket(namespace: FakeNamespace = this.namespace): NetlinkSocket {
    return NetlinkSocket.over(this.#openTransport(namespace, [], DEFAULT_QUEUE_BYTES));
  }

  openMonitor(options: Omit<NetworkMonitorOptions, 'namespace'> = {}, namespace?: FakeNamespace): NetworkMonitor {
    const where = namespace ?? this.namespace;
    const { receiveQueueBytes = DEFAULT_QUEUE_BYTES } = options;
    return NetworkMonitor.over(
      (groups) => this.#openTransport(where, groups, receiveQueueBytes),
      this.openSocket(where),
      options,
    );
  }

  /**
   * From now on, requests for which `which` answers the name of an errno are refused with it:
   * `kernel.refuseWhen(({ type }) => (type === 16 ? 'ENOBUFS' : undefined))`.
   */
  refuseWhen(which: FakeRefusal): void {
    this.#refusal = which;
  }

  #openTransport(namespace: FakeNamespace, groups: readonly number[], queueBytes: number): FakeTransport {
    this.#lastPort++;
    const transport = new FakeTransport(
      {
        take: (request, port) => this.#take(namespace, request, port),
        openIn: (handle) => this.#openTransport(this.#namespaceOf(handle), [], DEFAULT_QUEUE_BYTES),
        closed: (one) => namespace.listeners.delete(one),
      },
      this.#lastPort,
      groups,
      queueBytes,
    );
    if (groups.length > 0) namespace.listeners.add(transport);
    return transport;
  }

  #namespaceOf({ fd }: NamespaceHandle): FakeNamespace {
    const found = this.#namespaces[fd - FIRST_FD];
    if (found === undefined)
      throw new TypeError(`${fd} is no namespace of this fake kernel; createNamespace makes one`);
    return found;
  }

  #take(namespace: FakeNamespace, request: Message, port: number): readonly Uint8Array[] {
    try {
      return this.#answer(namespace, request, port);
    } catch (error) {
      if (error instanceof Refusal) return [refusal(request, port, error)];
      if (!(error instanceof MalformedMessageError)) throw error;
      return [refusal(request, port, new Refusal(FakeErrno.EINVAL, error.message))];
    }
  }

  #answer(namespace: FakeNamespace, request: Message, port: number): readonly Uint8Array[] {
    const { type, flags, payload } = request;
    const wanted = this.#refusal({ type, payload });
    if (wanted !== undefined) throw new Refusal(errnoNumber(wanted));
    const handler = (payload[0] === AF_BRIDGE ? bridgeVlanHandlers.get(type) : undefined) ?? handlers.get(type);
    if (handler === undefined) throw new Refusal(FakeErrno.EOPNOTSUPP);
    const isDump = (type & 3) === 2 && (flags & MessageFlag.dump) === MessageFlag.dump;
    const answer = handler({
      message: request,
      isDump,
      create: (flags & MessageFlag.create) !== 0,
      exclusive: (flags & MessageFlag.exclusive) !== 0,
      namespace,
      namespaceOf: (fd) => {
        const found = this.#namespaces[fd - FIRST_FD];
        if (found === undefined) throw new Refusal(FakeErrno.EINVAL);
        return found;
      },
      hasKind: (kind) => this.#kinds.includes(kind),
    });
    if (isDump) return dump(answer?.type ?? 0, answer?.payloads ?? [], request, port);
    const answers = (answer?.payloads ?? []).map((one) => message(answer?.type ?? 0, one, request, port));
    return (flags & MessageFlag.ack) === 0 ? answers : [...answers, acknowledgement(request, port)];
  }
}
