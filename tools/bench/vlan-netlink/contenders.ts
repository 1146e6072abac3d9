import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  changeLink,
  createLink,
  deleteLinkGroup,
  deleteLinkRequest,
  findLink,
  type LinkSpecification,
  listLinks,
  NetlinkSocket,
  newLinkRequest,
} from '@iorcl/vlan-netlink';
import { ownTime, type ProcessorTime, timeOf, timeOfChildren } from './processor-time.ts';

/** What is measured: names are numbered from 0, and all links are in group 7. */
export interface Contender {
  readonly name: string;
  /** Reads one link, `count` times. */
  query(count: number): Promise<void>;
  createVeths(count: number): Promise<void>;
  createVlans(count: number): Promise<void>;
  dump(): Promise<void>;
  /** One by one. */
  deleteVeths(count: number): Promise<void>;
  deleteGroup(): Promise<void>;
  /** Default true. */
  readonly hasGroups?: boolean;
  /** What it has used so far. */
  processorTime(): ProcessorTime;
}

export const GROUP = 7;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

/** This package. */
export function ours(): Contender {
  const socket = NetlinkSocket.open();
  const all = async (links: readonly LinkSpecification[]): Promise<void> => {
    const refused = (await socket.requestAll(links.map(newLinkRequest))).find(({ error }) => error !== undefined);
    if (refused?.error !== undefined) throw refused.error;
  };
  return {
    name: '@iorcl/vlan-netlink',
    query: async (count) => {
      for (let left = count; left > 0; left--) await findLink(socket, 'lo');
    },
    createVeths: (count) =>
      all(
        numbers(count).map((number) => ({
          kind: 'veth',
          name: `a${number}`,
          group: GROUP,
          peer: { name: `b${number}`, group: GROUP },
        })),
      ),
    createVlans: async (count) => {
      const device = (await findLink(socket, 'below'))?.index ?? 0;
      await all(
        numbers(count).map((number) => ({
          kind: 'vlan',
          name: `v${number}`,
          device,
          vlanId: number + 1,
          group: GROUP,
        })),
      );
    },
    dump: async () => void (await listLinks(socket)),
    deleteVeths: async (count) => {
      const links = await listLinks(socket);
      const wanted = new Set(numbers(count).map((number) => `a${number}`));
      await socket.requestAll(
        links.filter(({ name }) => wanted.has(name)).map(({ index }) => deleteLinkRequest(index)),
      );
    },
    deleteGroup: async () => void (await deleteLinkGroup(socket, GROUP)),
    processorTime: ownTime,
  };
}

function ip(...given: string[]): void {
  execFileSync('ip', given, { stdio: ['ignore', 'ignore', 'inherit'], maxBuffer: 1 << 30 });
}

function batch(lines: readonly string[]): void {
  const file = join(mkdtempSync(join(tmpdir(), 'bench-')), 'batch');
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  ip('-batch', file);
}

/** iproute2, many commands to a process. */
export function iproute2(): Contender | string {
  if (spawnSync('ip', ['-V']).status !== 0) return 'iproute2 is not installed';
  return {
    name: 'ip -batch',
    query: async (count) => batch(numbers(count).map(() => 'link show dev lo')),
    createVeths: async (count) =>
      batch(
        numbers(count).map(
          (number) => `link add a${number} group ${GROUP} type veth peer name b${number} group ${GROUP}`,
        ),
      ),
    createVlans: async (count) =>
      batch(
        numbers(count).map((number) => `link add link below name v${number} group ${GROUP} type vlan id ${number + 1}`),
      ),
    dump: async () => void execFileSync('ip', ['-json', 'link'], { maxBuffer: 1 << 30 }),
    deleteVeths: async (count) => batch(numbers(count).map((number) => `link delete a${number}`)),
    deleteGroup: async () => ip('link', 'delete', 'group', String(GROUP)),
    processorTime: timeOfChildren,
  };
}

/** A program that runs a command per line of its input and then says "done". */
export function program(name: string, command: string, given: readonly string[]): Contender & { stop(): void } {
  const child: ChildProcessWithoutNullStreams = spawn(command, given, { stdio: 'pipe' });
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout });
  const run = (line: string): Promise<void> =>
    new Promise((resolve, reject) => {
      child.once('exit', () => reject(new Error(`${name} has ended`)));
      lines.once('line', () => {
        child.removeAllListeners('exit');
        resolve();
      });
      child.stdin.write(`${line}\n`);
    });
  return {
    name,
    query: (count) => run(`query ${count}`),
    createVeths: (count) => run(`veths ${count}`),
    createVlans: (count) => run(`vlans ${count}`),
    dump: () => run('dump 0'),
    deleteVeths: (count) => run(`delete ${count}`),
    deleteGroup: () => run('group 0'),
    processorTime: () => timeOf(child.pid ?? 0),
    stop: () => child.kill(),
  };
}

/** A device for VLANs; anew for each contender. */
export async function prepare(socket: NetlinkSocket): Promise<void> {
  await createLink(socket, { kind: 'veth', name: 'below', peer: { name: 'below-peer' } });
  await changeLink(socket, (await findLink(socket, 'below'))?.index ?? 0, { up: true });
}
