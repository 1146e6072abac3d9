import { describe, expect, it } from 'vitest';
import { SerialQueue } from './serial-queue.ts';

describe('SerialQueue', () => {
  it('H21: runs jobs of one key in order, one at a time, also after one has failed', async () => {
    const queue = new SerialQueue();
    const log: string[] = [];
    const job = (name: string, fails = false) =>
      queue.run('a', async () => {
        log.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        log.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      });
    const results = await Promise.allSettled([job('1'), job('2', true), job('3')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(log).toEqual(['1 begins', '1 ends', '2 begins', '2 ends', '3 begins', '3 ends']);
  });

  it('lets jobs of different keys run side by side', async () => {
    const queue = new SerialQueue();
    let release = (): void => {};
    const first = queue.run('a', () => new Promise<void>((resolve) => (release = resolve)));
    expect(await queue.run('b', async () => 'b')).toBe('b');
    release();
    await first;
  });
});
