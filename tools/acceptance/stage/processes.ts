import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { processesMentioning } from '../../demo/leftovers.ts';
import { TESTBED_STATE } from '../../testbed/lifecycle.ts';
import { directoryOfHook } from './configuration.ts';
import type { Stage } from './stage.ts';

/** Process that serves an instance's exports on the I/O host. @throws when there is none, or more than one */
export function dataPlaneOf({ directory }: Stage, serverId: string): number {
  return only(storageDaemons(join(directory, 'qsd', serverId)), `serve instance ${serverId}`);
}

/** Process on the compute host by which an attachment is a disk there. @throws when there is none, or more than one */
export function importDaemonOf(stage: Stage, attachmentId: string): number {
  return only(importDaemonsOf(stage, attachmentId), `import attachment ${attachmentId}`);
}

export function importDaemonsOf(stage: Stage, attachmentId: string): readonly number[] {
  return storageDaemons(join(directoryOfHook(stage, 'testbed'), 'fuse', attachmentId));
}

/** Process of one of the testbed's daemons, for instance `ceph-osd`. @throws when it does not run */
export function testbedDaemon(name: string): number {
  // The kernel's start time tells it from another process that got its pid later (stat(5), field 22).
  const [pid = '', startTime] = readFileSync(join(TESTBED_STATE, 'run', `${name}.pid`), 'utf8')
    .trim()
    .split(' ');
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '';
  if (afterName.split(' ')[19] !== startTime) throw new Error(`the testbed's ${name} does not run`);
  return Number(pid);
}

function storageDaemons(directory: string): readonly number[] {
  return processesMentioning(`${directory}/`)
    .filter((line) => line.includes('qemu-storage-daemon'))
    .map((line) => Number.parseInt(line, 10));
}

function only(pids: readonly number[], what: string): number {
  const [pid, ...more] = pids;
  if (pid === undefined || more.length > 0)
    throw new Error(`one process should ${what}; there are: ${pids.join(', ')}`);
  return pid;
}
