import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SerialQueue } from './serial-queue.ts';

const never = new AbortController().signal;

describe('serial queue', () => {
  it('H21: runs one after the other what has one name, in order, also after failures; others side by side', async () => {
    const queue = new SerialQueue();
    const log: string[] = [];
    const job = (name: string, id: string, fail = false): Promise<void> =>
      queue.run(name, never, async () => {
        log.push(`${id}+`);
        await delay(5);
        log.push(`${id}-`);
        if (fail) {
          throw new Error(id);
        }
      });
    const settled = await Promise.allSettled([job('a', '1'), job('a', '2', true), job('a', '3'), job('b', 'x')]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(log.filter((entry) => !entry.startsWith('x'))).toEqual(['1+', '1-', '2+', '2-', '3+', '3-']);
    expect(log.indexOf('x+')).toBeLessThan(log.indexOf('1-'));
  });

  it('lets go of who no longer waits, and keeps the turn of the others', async () => {
    const queue = new SerialQueue();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const first = queue.run('a', never, () => gate);
    const controller = new AbortController();
    const second = queue.run('a', controller.signal, async () => 'second');
    const third = queue.run('a', never, async () => 'third');
    controller.abort();
    await expect(second).rejects.toThrow('aborted');
    const early = await Promise.race([third, delay(10).then(() => 'still waiting')]);
    expect(early).toBe('still waiting');
    open();
    await first;
    expect(await third).toBe('third');
  });

  it('H21: who comes after one that gave up waiting still waits for the one before that', async () => {
    const queue = new SerialQueue();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const first = queue.run('a', never, () => gate);
    await expect(queue.run('a', AbortSignal.abort(), async () => 'second')).rejects.toThrow('aborted');
    const third = queue.run('a', never, async () => 'third');
    const early = await Promise.race([third, delay(10).then(() => 'still waiting')]);
    expect(early).toBe('still waiting');
    open();
    await first;
    expect(await third).toBe('third');
  });
});
