import { expect, it } from 'vitest';
import { TokenBuckets } from './token-buckets.ts';

it('takes a burst, then as many per second as it says', () => {
  let now = 0;
  const buckets = new TokenBuckets({ perSecond: 2, burst: 3 }, () => now);
  const take = (): boolean => buckets.take('a') === 0;
  expect([take(), take(), take(), take()]).toEqual([true, true, true, false]);
  expect(buckets.take('a')).toBeCloseTo(0.5);
  expect(buckets.take('b')).toBe(0);
  now = 500;
  expect([take(), take()]).toEqual([true, false]);
  now = 60_000;
  expect([take(), take(), take(), take()]).toEqual([true, true, true, false]);
});

it('takes over another rate, and none at all', () => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 1 }, () => 0);
  expect([buckets.take('a'), buckets.take('a') > 0]).toEqual([0, true]);
  buckets.rate = { perSecond: 0, burst: 0 };
  expect(buckets.take('a')).toBe(0);
});

it('a storm of addresses does not fill the memory: the one unused for longest is forgotten', () => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 1 }, () => 0);
  for (let i = 0; i <= 10_000; i++) buckets.take(`a${i}`);
  expect(buckets.take('a10000')).toBeGreaterThan(0);
  expect(buckets.take('a0')).toBe(0);
});
