import { expect, it } from 'vitest';
import { judgeKernelNbd } from './why-no-kernel-nbd.ts';

const fine = { release: '6.1.0-18-amd64', maxPartitions: 0, answers: true };

it('nothing speaks against a kernel with nbd that looks for no partitions', () => {
  expect(judgeKernelNbd(fine)).toBeUndefined();
  expect(judgeKernelNbd({ ...fine, release: '5.14' })).toBeUndefined();
});

it.each([
  ['a kernel that does not mark devices', { release: '5.10.0-28-amd64' }, 'since 5.14'],
  ['a kernel of long ago', { release: '4.19.0' }, 'since 5.14'],
  ['nbd not loaded', { maxPartitions: undefined, answers: false }, 'options nbd max_part=0'],
  ['the initial network namespace not ours', { answers: false }, 'initial network namespace'],
])('%s speaks against it, with what to do', (_, facts, why) => {
  expect(judgeKernelNbd({ ...fine, ...facts })).toContain(why);
});

it('a kernel that would read the partition tables of tenants is refused', () => {
  expect(judgeKernelNbd({ ...fine, maxPartitions: 15 })).toContain('partition tables that tenants wrote');
});
