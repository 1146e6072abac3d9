import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  changeLink,
  createVeth,
  ensureAddress,
  ensureLink,
  findLink,
  isKernelError,
  type LinkSpecification,
  listenTcp,
  NetlinkSocket,
  NetworkNamespace,
} from '../../src/index.ts';
import { whyNoNamespaces } from '../../src/testing/index.ts';
import { greet, hear } from '../plug/conversation.ts';
import { physnet1, vlanNetwork } from '../plug/physical-world.ts';

const reason = whyNoNamespaces();
/** Nobody looks at it: a host below is a namespace, not a plug. */
const network = vlanNetwork(physnet1, 1);

/** A host with an address on a cable, and what a conversation needs of it. */
class Host implements Disposable {
  readonly namespace: NetworkNamespace = NetworkNamespace.createAnonymous();
  readonly socket: NetlinkSocket = NetlinkSocket.open({ namespace: this.namespace });

  async address(name: string, address: string, prefixLength: number): Promise<void> {
    const { index = 0 } = (await findLink(this.socket, name)) ?? {};
    await changeLink(this.socket, index, { up: true });
    await ensureAddress(this.socket, { index, address, prefixLength, noDuplicateDetection: true });
  }

  listen(_network: unknown, address: string, port: number): number {
    return this.namespace.runInside(() => listenTcp({ address, port }));
  }

  runInside<T>(_network: unknown, action: () => T): T {
    return this.namespace.runInside(action);
  }

  [Symbol.dispose](): void {
    this.socket.close();
    this.namespace.close();
  }
}

interface Tunnel {
  readonly name: string;
  /** The link at an end whose own address is `local`, to `remote`; `number` keeps tunnels apart. */
  link(name: string, local: string, remote: string, number: number): LinkSpecification;
  readonly ends: readonly [string, string];
}

const inet = ['10.9.0.1', '10.9.0.2'] as const;
const inet6 = ['fd09::1', 'fd09::2'] as const;
const tunnels: readonly Tunnel[] = [
  { name: 'VXLAN', ends: inet, link: (name, local, remote, vni) => ({ kind: 'vxlan', name, vni, local, remote }) },
  {
    name: 'VXLAN over IPv6',
    ends: inet6,
    link: (name, local, remote, vni) => ({ kind: 'vxlan', name, vni, local, remote }),
  },
  { name: 'GRE', ends: inet, link: (name, local, remote, key) => ({ kind: 'gretap', name, key, local, remote }) },
  {
    name: 'GRE over IPv6',
    ends: inet6,
    link: (name, local, remote, key) => ({ kind: 'gretap', name, key, local, remote }),
  },
  { name: 'Geneve', ends: inet, link: (name, _local, remote, vni) => ({ kind: 'geneve', name, vni, remote }) },
];

describe('a tunnel between two hosts', () => {
  let left: Host;
  let right: Host;
  beforeEach(async ({ skip }) => {
    if (reason !== undefined) skip(reason);
    left = new Host();
    right = new Host();
    await createVeth(left.socket, { name: 'cable', peer: { name: 'cable', namespace: right.namespace } });
    for (const [host, number] of [
      [left, 0],
      [right, 1],
    ] as const) {
      await host.address('cable', inet[number], 24);
      await host.address('cable', inet6[number], 64);
    }
  });
  afterEach(() => {
    left?.[Symbol.dispose]();
    right?.[Symbol.dispose]();
  });

  it.for(tunnels)('B13: of kind $name carries TCP, and nothing of another tunnel', async ({ link, ends }, { skip }) => {
    const [near, far] = ends;
    const make = async (number: number, name: string, network: string): Promise<void> => {
      await ensureLink(left.socket, link(name, near, far, number));
      await ensureLink(right.socket, link(name, far, near, number));
      await left.address(name, `${network}.1`, 24);
      await right.address(name, `${network}.2`, 24);
    };
    try {
      await make(5000, 'tunnel0', '192.168.0');
    } catch (error) {
      if (isKernelError(error, 'EOPNOTSUPP')) skip('this kernel has no such tunnels');
      throw error;
    }
    const greeter = await greet(left, network, '192.168.0.1', 'through the tunnel');
    expect(await hear(right, network, '192.168.0.1', greeter.port)).toBe('through the tunnel');
    // Only this end has the other number now.
    const other = link('tunnel1', far, near, 5001);
    await changeLink(right.socket, (await findLink(right.socket, 'tunnel0'))?.index ?? 0, { up: false });
    await ensureLink(right.socket, other);
    await right.address('tunnel1', '192.168.0.2', 24);
    expect(await hear(right, network, '192.168.0.1', greeter.port)).toMatch(/ETIMEDOUT|EHOSTUNREACH/);
    expect(greeter.greeted()).toBe(1);
    await greeter.stop();
  });
});
