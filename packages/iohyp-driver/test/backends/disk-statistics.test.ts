import { mkdtemp, open, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countersSince, type DisksAtOpening, disksNow, isSameDevice } from '../../src/counters/disk-statistics.ts';
import { LocalCommandRunner } from '../../src/index.ts';
import { attachLoop, noLoopDevice } from './loop-device.ts';

const MIB = 1024 * 1024;
const reason = await noLoopDevice();

describe.skipIf(reason)(`what the kernel counts of a disk${reason === undefined ? '' : ` (${reason})`}`, () => {
  let directory: string;
  let loop: Awaited<ReturnType<typeof attachLoop>>;
  let then: DisksAtOpening;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'iorcl-disk-'));
    loop = await attachLoop(await newFile('disk'));
    const now = await disksNow((await stat(loop.device)).rdev);
    if (now === undefined) throw new Error(`${loop.device} is not counted`);
    then = now;
  });
  afterEach(async () => {
    await loop[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  async function newFile(name: string): Promise<string> {
    const path = join(directory, name);
    await writeFile(path, '');
    await truncate(path, 4 * MIB);
    return path;
  }

  async function writeAndFlush(bytes: number): Promise<void> {
    const file = await open(loop.device, 'r+');
    await file.write(Buffer.alloc(bytes, 0x3a));
    await file.sync();
    await file.close();
  }

  /** As if the disk had counted this before. */
  const before = (change: (statistics: number[]) => void): DisksAtOpening => ({
    ...then,
    disks: then.disks.map((disk) => {
      const statistics = [...disk.statistics];
      change(statistics);
      return { ...disk, statistics };
    }),
  });

  it('is what was done since: bytes, operations, flushes, and as much time as it took', async () => {
    expect(await countersSince(then)).toMatchObject({ writtenBytes: 0, writeOperations: 0 });
    await writeAndFlush(MIB);
    const counters = await countersSince(then);
    expect(counters).toMatchObject({ writtenBytes: MIB, discardedBytes: 0 });
    expect(counters?.writeOperations).toBeGreaterThan(0);
    expect(counters?.flushOperations).toBeGreaterThan(0);
    expect(counters?.writeSeconds).toBeGreaterThanOrEqual(0);
  });

  it('goes on when a number of milliseconds has begun anew after 32 bits', async () => {
    const since = before((statistics) => {
      statistics[7] = 2 ** 32 - 5_000;
    });
    expect((await countersSince(since))?.writeSeconds).toBeGreaterThanOrEqual(5);
  });

  it('is unknown, never negative, when the disk says less than it did', async () => {
    const since = before((statistics) => {
      statistics[6] = Number.MAX_SAFE_INTEGER;
    });
    expect(await countersSince(since)).toBeUndefined();
  });

  it('is unknown once another disk has the device’s number', async () => {
    await new LocalCommandRunner().run({ program: 'losetup', args: ['--detach', loop.device] });
    await new LocalCommandRunner().run({ program: 'losetup', args: [loop.device, await newFile('other')] });
    expect(isSameDevice(then, await disksNow(then.device))).toBe(false);
    expect(await countersSince(then)).toBeUndefined();
  });

  it('is nothing of what is no disk', async () => {
    expect(await disksNow(0xfff00)).toBeUndefined();
  });
});
