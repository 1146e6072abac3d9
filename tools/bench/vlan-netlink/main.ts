/**
 * Measures rtnetlink from several languages, side by side, in a network namespace of its own:
 *
 *     node --conditions=@iorcl/source tools/bench/vlan-netlink/main.ts [links]
 *
 * Needs root. Who is not installed is left out, and said so.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  changeLinkRequest,
  createLink,
  deleteLinkGroup,
  ensureLink,
  findLink,
  listLinks,
  NetlinkSocket,
  NetworkMonitor,
} from '@iorcl/vlan-netlink';
import { enterFreshNamespace, kernelLacks } from '@iorcl/vlan-netlink/testing';
import { type Contender, GROUP, iproute2, ours, prepare, program } from './contenders.ts';

const COUNT = Number(process.argv[2] ?? 1000);
const QUERIES = 500;
/** Each costs the kernel a grace period of several milliseconds. */
const DELETES = 20;
const MANY = 10_000;
const ROUNDS = 3;

type Row = Map<string, number>;

async function measure(action: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function repeated(rounds: number, action: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await measure(action));
  return median(times);
}

const fresh = await enterFreshNamespace();
using socket = NetlinkSocket.open();
await prepare(socket);
const probe = {
  kind: 'vlan',
  name: 'probe',
  device: (await findLink(socket, 'below'))?.index ?? 0,
  vlanId: 4000,
} as const;
const noVlans = await kernelLacks('802.1Q links', () => createLink(socket, probe));
const [py, go] = [
  fileURLToPath(new URL('./with_pyroute2.py', import.meta.url)),
  process.env['BENCH_VISHVANANDA'] ?? '/nonexistent',
];
const hasPyroute2 = spawnSync('/usr/bin/python3', ['-c', 'import pyroute2']).status === 0;
const programs = [
  ...(hasPyroute2 ? [program('pyroute2', '/usr/bin/python3', [py])] : []),
  ...(existsSync(go) ? [{ ...program('vishvananda/netlink', go, []), hasGroups: false }] : []),
];
if (!hasPyroute2) console.log('left out: pyroute2 is not installed (Debian: python3-pyroute2)');
if (!existsSync(go))
  console.log('left out: vishvananda/netlink (build with_vishvananda.go, and name it in BENCH_VISHVANANDA)');
const rival = iproute2();
if (typeof rival === 'string') console.log(`left out: ${rival}`);
const contenders: Contender[] = [ours(), ...(typeof rival === 'string' ? [] : [rival]), ...programs];
if (noVlans !== undefined) console.log(`left out: VLAN links (${noVlans})`);

const rows: Map<string, Row> = new Map();
async function compare(what: string, scale: number, action: (contender: Contender) => Promise<number>): Promise<void> {
  const row: Row = new Map();
  for (const contender of contenders) row.set(contender.name, (await action(contender)) / scale);
  rows.set(what, row);
  process.stderr.write(`${what}: ${[...row].map(([name, value]) => `${name} ${value.toFixed(1)}`).join(', ')}\n`);
}
/** Not every library sets the group of a new link. */
async function clear(): Promise<void> {
  const stray = (await listLinks(socket)).filter(({ name, group }) => /^[abv]\d+$/.test(name) && group !== GROUP);
  await socket.requestAll(stray.map(({ index }) => changeLinkRequest(index, { group: GROUP })));
  await deleteLinkGroup(socket, GROUP);
}

try {
  for (const contender of contenders) await contender.query(200);
  await compare('query of a link, µs', QUERIES / 1000, (one) => repeated(ROUNDS, () => one.query(QUERIES)));
  await compare(`create ${COUNT} veth pairs, ms`, 1, async (one) => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      times.push(await measure(() => one.createVeths(COUNT)));
      await clear();
    }
    return median(times);
  });
  if (noVlans === undefined) {
    await compare(`create ${COUNT} VLAN links, ms`, 1, async (one) => {
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        times.push(await measure(() => one.createVlans(COUNT)));
        await clear();
      }
      return median(times);
    });
  }
  const makeVeths = async (count: number): Promise<void> => {
    await clear();
    await contenders[0]?.createVeths(count);
  };
  await makeVeths(COUNT / 2);
  await compare(`dump ${COUNT} links, ms`, 1, (one) => repeated(ROUNDS, () => one.dump()));
  await compare(`delete ${DELETES} veth pairs one by one, ms`, 1, async (one) => {
    await makeVeths(DELETES);
    return await measure(() => one.deleteVeths(DELETES));
  });
  await compare(`delete ${COUNT} veth pairs as a group, ms`, 1, async (one) => {
    await makeVeths(COUNT);
    return one.hasGroups === false ? Number.NaN : await measure(() => one.deleteGroup());
  });
  await makeVeths(MANY / 2);
  await compare(`dump ${MANY} links, ms`, 1, (one) => repeated(1, () => one.dump()));
  await clear();
  using monitor = NetworkMonitor.open({ topics: ['link'] });
  const iterator = monitor[Symbol.asyncIterator]();
  const { index } = await ensureLink(socket, { kind: 'bridge', name: 'br' });
  await iterator.next();
  const latencies: number[] = [];
  for (let round = 0; round < 200; round++) {
    const next = iterator.next();
    await new Promise((resolve) => setImmediate(resolve));
    const start = performance.now();
    await ensureLink(socket, { kind: 'bridge', name: 'br', mtu: 1300 + (round % 2) });
    await next;
    latencies.push((performance.now() - start) * 1000);
  }
  console.log(`\nevent latency (the change included), link ${index}: median ${median(latencies).toFixed(0)} µs`);
} finally {
  for (const one of programs) one.stop();
  fresh.leave();
}

const names = contenders.map(({ name }) => name);
console.log(`\n| | ${names.join(' | ')} |\n|---|${names.map(() => '---:|').join('')}`);
for (const [what, row] of rows) {
  const first = row.get(names[0] ?? '') ?? Number.NaN;
  const cells = names.map((name, position) => {
    const value = row.get(name) ?? Number.NaN;
    if (Number.isNaN(value)) return 'cannot';
    return position === 0 ? value.toFixed(1) : `${value.toFixed(1)} (${(value / first).toFixed(1)}x)`;
  });
  console.log(`| ${what} | ${cells.join(' | ')} |`);
}
