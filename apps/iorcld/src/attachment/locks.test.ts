import { expect, it } from 'vitest';
import { KeyedLocks } from './locks.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

it('H21: actions on one key run one at a time, in the order in which they were asked for', async () => {
  const locks = new KeyedLocks();
  const events: string[] = [];
  const action = (name: string) => async () => {
    events.push(`${name} begins`);
    await turn();
    events.push(`${name} ends`);
  };
  await Promise.all(['a', 'b', 'c'].map((name) => locks.run(['volume'], action(name))));
  expect(events).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
});

it('H21: parallel storms over overlapping keys neither overlap nor wait for each other for ever', async () => {
  const locks = new KeyedLocks();
  const held = new Set<string>();
  const keys = ['a', 'b', 'c', 'd'];
  let ran = 0;
  await Promise.all(
    Array.from({ length: 200 }, (_, i) => {
      const wanted = [keys[i % 4] ?? '', keys[(i * 3 + 1) % 4] ?? '', keys[(i * 7 + 2) % 4] ?? ''];
      return locks.run(i % 2 === 0 ? wanted : wanted.toReversed(), async () => {
        for (const key of new Set(wanted)) expect(held.has(key)).toBe(false);
        for (const key of wanted) held.add(key);
        await turn();
        for (const key of wanted) held.delete(key);
        ran++;
      });
    }),
  );
  expect(ran).toBe(200);
});

it('a failing action fails only its caller, and the next one runs', async () => {
  const locks = new KeyedLocks();
  const failed = locks.run(['k'], () => Promise.reject(new Error('no')));
  const next = locks.run(['k'], async () => 'yes');
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('yes');
  await locks.idle();
});
