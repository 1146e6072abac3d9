import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { signalProcess, waitUntilGone } from './end-process.ts';
import { findProcesses } from './find-processes.ts';
import { isRunning, parseStat, readProcess } from './process-facts.ts';

async function sleeper(mark = 'sleeper') {
  const child = spawn('sh', ['-c', 'sleep 60 & wait', mark], { stdio: 'ignore', detached: true });
  await once(child, 'spawn');
  const facts = await expect
    .poll(() => readProcess(child.pid ?? 0))
    .toMatchObject({ args: ['sh', '-c', 'sleep 60 & wait', mark] })
    .then(() => readProcess(child.pid ?? 0));
  if (facts === undefined) {
    throw new Error('the process has ended');
  }
  return { facts, end: () => process.kill(-facts.pid, 'SIGKILL') };
}

describe('process', () => {
  it('is recognised by pid, start time and command line', async () => {
    const mark = `mark-${Math.random()}`;
    const { facts, end } = await sleeper(mark);
    expect(await isRunning(facts)).toBe(true);
    expect(await findProcesses((args) => args.includes(mark))).toEqual([facts]);
    end();
    await waitUntilGone(facts, AbortSignal.timeout(5000));
    expect(await readProcess(facts.pid)).toBeUndefined();
    expect(await findProcesses((args) => args.includes(mark))).toEqual([]);
  });

  it('is not signalled when its pid has gone to another one', async () => {
    const { facts, end } = await sleeper();
    expect(await signalProcess({ ...facts, startTicks: facts.startTicks - 1 }, 'SIGKILL')).toBe(false);
    expect(await signalProcess({ ...facts, args: ['other'] }, 'SIGKILL')).toBe(false);
    expect(await isRunning(facts)).toBe(true);
    end();
    await waitUntilGone(facts, AbortSignal.timeout(5000));
    expect(await signalProcess(facts, 'SIGTERM')).toBe(false);
  });

  it('that does not end is waited for only as long as asked', async () => {
    const { facts, end } = await sleeper();
    await expect(waitUntilGone(facts, AbortSignal.timeout(50))).rejects.toThrow('timeout');
    end();
  });

  it('may have any name: its start time is found all the same', () => {
    const rest = Array.from({ length: 40 }, (_, index) => `${index + 4}`).join(' ');
    expect(parseStat(`42 (a) b (c) S ${rest}`)).toEqual({ state: 'S', startTicks: 22 });
    expect(parseStat('')).toBeUndefined();
  });
});
