import { changeLinkRequest, createLink, findLink, type NetlinkSocket, NetworkMonitor } from '@iorcl/vlan-netlink';

const ROUNDS = 500;

/** In microseconds: from the kernel's answer to a change until the monitor's reader has the change. */
export async function eventLatencies(socket: NetlinkSocket): Promise<number[]> {
  using monitor = NetworkMonitor.open({ topics: ['link'] });
  const changes = monitor[Symbol.asyncIterator]();
  await createLink(socket, { kind: 'bridge', name: 'br' });
  const index = (await findLink(socket, 'br'))?.index ?? 0;
  await changes.next();
  const latencies: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const next = changes.next();
    // Now the reader waits, as it does in a program that has nothing else to do.
    await new Promise((resolve) => setImmediate(resolve));
    socket.requestSync(changeLinkRequest(index, { mtu: 1300 + (round % 2) }));
    const start = performance.now();
    await next;
    latencies.push((performance.now() - start) * 1000);
  }
  return latencies;
}
