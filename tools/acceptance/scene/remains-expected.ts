import { expect } from 'vitest';
import type { Path } from '../operation.ts';
import type { Stage } from '../stage/stage.ts';
import { until } from './poll.ts';
import { type Remains, remains } from './remains.ts';
import type { Residents } from './residents.ts';

/** What a look at everything has to find, as counts: the volumes of residents, each with all that belongs to it. */
function expected(all: Readonly<Record<Path, Residents>>): Readonly<Record<keyof Remains, number>> {
  const io = all.io.withVolume;
  // One of the I/O host, and one of each compute host; all are on one network.
  const ends = io === 0 ? 0 : 1 + io;
  return {
    'attachments of iorcld': io,
    'storage daemons of the I/O host': io,
    'files of its data plane': io,
    'import processes': io,
    'import records and disks': 2 * io,
    mounts: io,
    'network namespaces': ends,
    links: 0,
    'ports of Open vSwitch': ends,
    'ports of Neutron': 0,
    'attachments in Cinder by the I/O host': io,
    'attachments in Cinder by compute hosts': all.stock.withVolume,
    'volumes that are neither available nor in use': 0,
  };
}

/** Nothing of ours is left but what residents have. What ends a moment later than its operation is waited for. */
export async function expectRemains(stage: Stage, all: Readonly<Record<Path, Residents>>): Promise<void> {
  const wanted = expected(all);
  const same = (seen: Remains): boolean =>
    Object.entries(seen).every(([kind, list]) => list.length === count(wanted, kind));
  const seen = await until('nothing is left', () => remains(stage), same, { limitMs: 15_000 }).catch(() =>
    remains(stage),
  );
  const differing = Object.entries(seen).filter(([kind, list]) => list.length !== count(wanted, kind));
  const text = differing.map(
    ([kind, list]) => `${kind}: ${list.length}, expected ${count(wanted, kind)}: ${list.join(', ')}`,
  );
  expect(text, 'what is left').toEqual([]);
}

function count(wanted: Readonly<Record<string, number>>, kind: string): number {
  return wanted[kind] ?? 0;
}
