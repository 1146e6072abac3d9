/**
 * Measures rtnetlink from several languages, side by side, in a network namespace of its own:
 *
 *     node --conditions=@iorcl/source tools/bench/vlan-netlink/main.ts [links]
 *
 * Needs root. Who is not installed is left out, and said so.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  changeLinkRequest,
  createLink,
  deleteLinkGroup,
  findLink,
  listLinks,
  NetlinkSocket,
} from '@iorcl/vlan-netlink';
import { enterFreshNamespace, kernelLacks } from '@iorcl/vlan-netlink/testing';
import { type Contender, GROUP, iproute2, ours, prepare, program } from './contenders.ts';
import { eventLatencies } from './event-latency.ts';
import { type Cost, costs, costTable, median, timeTable } from './tables.ts';

const COUNT = Number(process.argv[2] ?? 1000);
const QUERIES = 5000;
/** Each costs the kernel a grace period of several milliseconds. */
const DELETES = 20;
const MANY = 10_000;
const ROUNDS = 3;

async function measure(one: Contender, action: () => Promise<void>): Promise<Cost> {
  const before = one.processorTime();
  const start = performance.now();
  await action();
  const elapsed = performance.now() - start;
  const after = one.processorTime();
  return { elapsed, user: after.user - before.user, kernel: after.kernel - before.kernel };
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

type Measured = Promise<Cost | undefined>;
const rows: Map<string, Map<string, Cost>> = new Map();
/** `scale`: how many of what is named the action does. */
async function compare(what: string, scale: number, action: (contender: Contender) => Measured): Promise<void> {
  const row: Map<string, Cost> = new Map();
  for (const contender of contenders) {
    const cost = await action(contender);
    if (cost === undefined) continue;
    const { elapsed, user, kernel } = cost;
    row.set(contender.name, { elapsed: elapsed / scale, user: user / scale, kernel: kernel / scale });
  }
  rows.set(what, row);
  process.stderr.write(
    `${what}: ${[...row].map(([name, { elapsed }]) => `${name} ${elapsed.toFixed(1)}`).join(', ')}\n`,
  );
}
/** The median of some rounds; `afterwards` is not counted. */
async function repeated(one: Contender, action: () => Promise<void>, afterwards?: () => Promise<void>): Promise<Cost> {
  const all: Cost[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    all.push(await measure(one, action));
    await afterwards?.();
  }
  return costs(all);
}
/** Not every library sets the group of a new link. */
async function clear(): Promise<void> {
  const stray = (await listLinks(socket)).filter(({ name, group }) => /^[abv]\d+$/.test(name) && group !== GROUP);
  await socket.requestAll(stray.map(({ index }) => changeLinkRequest(index, { group: GROUP })));
  await deleteLinkGroup(socket, GROUP);
}
async function makeVeths(count: number): Promise<void> {
  await clear();
  await contenders[0]?.createVeths(count);
}

const load = loadavg()[0] ?? 0;
try {
  for (const one of contenders) await one.query(QUERIES);
  await compare('query of a link, µs', QUERIES / 1000, (one) => repeated(one, () => one.query(QUERIES)));
  await compare(`create ${COUNT} veth pairs, ms`, 1, (one) => repeated(one, () => one.createVeths(COUNT), clear));
  if (noVlans === undefined) {
    await compare(`create ${COUNT} VLAN links, ms`, 1, (one) => repeated(one, () => one.createVlans(COUNT), clear));
  }
  await makeVeths(COUNT / 2);
  await compare(`dump ${COUNT} links, ms`, 1, (one) => repeated(one, () => one.dump()));
  await compare(`delete ${DELETES} veth pairs one by one, ms`, 1, async (one) => {
    await makeVeths(DELETES);
    return await measure(one, () => one.deleteVeths(DELETES));
  });
  await compare(`delete ${COUNT} veth pairs as a group, ms`, 1, async (one) => {
    await makeVeths(COUNT);
    return one.hasGroups === false ? undefined : await measure(one, () => one.deleteGroup());
  });
  if (noVlans === undefined) {
    await compare(`delete ${COUNT} VLAN links as a group, ms`, 1, async (one) => {
      await clear();
      await contenders[0]?.createVlans(COUNT);
      return one.hasGroups === false ? undefined : await measure(one, () => one.deleteGroup());
    });
  }
  await makeVeths(MANY / 2);
  await compare(`dump ${MANY} links, ms`, 1, (one) => measure(one, () => one.dump()));
  await clear();
  const latencies = await eventLatencies(socket);
  console.log(
    `\nLinux ${release()}, ${cpus().length} processors, load ${load.toFixed(1)} before and ${loadavg()[0]?.toFixed(1)} after`,
  );
  console.log(
    `\nevent latency, from the kernel's answer to a change until the reader has it: median ${median(latencies).toFixed(0)} µs, ` +
      `99 of 100 within ${latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)]?.toFixed(0)} µs`,
  );
} finally {
  for (const one of programs) one.stop();
  fresh.leave();
}

const names = contenders.map(({ name }) => name);
console.log(`\n${timeTable(names, rows)}\n\nprocessor time, program + kernel:\n\n${costTable(names, rows)}`);
