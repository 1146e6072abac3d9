import { expect, it } from 'vitest';
import { Deadline } from './deadline.ts';

it('a caller who has left already does not leave an unheard failure behind', async () => {
  const heard: unknown[] = [];
  const listener = (reason: unknown): void => void heard.push(reason);
  process.on('unhandledRejection', listener);
  try {
    const deadline = new Deadline(1_000, AbortSignal.abort());
    await expect(deadline.wait(Promise.reject(new Error('lost')), 'Work')).rejects.toMatchObject({ code: 'aborted' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual([]);
  } finally {
    process.off('unhandledRejection', listener);
  }
});

it('a sleep ends with the deadline', async () => {
  await expect(new Deadline(5, undefined).sleep(60_000, 'Waiting')).rejects.toMatchObject({ code: 'timeout' });
});
