import { describe, expect, it } from 'vitest';
import { acceptancePage } from './page.ts';
import type { OperationResult } from './result-log.ts';

const AT = { date: '2026-01-31', machine: '2 cores', cloud: 'OpenStack Zed', minutes: 9 };

describe('the acceptance page', () => {
  const attach = (seconds: number, ioHostSeconds: number) => ({ step: 'attach', seconds, ioHostSeconds });
  const results: readonly OperationResult[] = [
    {
      ...{ family: 'attach', operation: 'ten times', path: 'io', outcome: 'passed' },
      steps: [attach(3, 0.9), attach(1, 0.5), attach(2, 0.7), { step: 'detach', seconds: 4, ioHostSeconds: 2 }],
    },
    { family: 'attach', operation: 'ten times', path: 'stock', outcome: 'failed', steps: [attach(1.25, 0)] },
    { family: 'backups', operation: 'backup', path: 'io', outcome: 'skipped', reason: 'no service', steps: [] },
  ];
  const lines = acceptancePage(results, AT).split('\n');

  it('has a row per step, with the median of each path, and the outcomes once', () => {
    expect(lines).toContain('| ten times | passed | failed | attach | 1.3 | 2.0 (of 3) | 0.7 (of 3) |');
    expect(lines).toContain('|  |  |  | detach |  | 4.0 | 2.0 |');
  });

  it('says why an operation was skipped, and which path it does not have', () => {
    expect(lines).toContain('| backup | skipped: no service | – |  |  |  |  |');
  });

  it('says what the figures are worth', () => {
    expect(lines).toContain('Run of 2026-01-31, in 9 minutes: 1 passed, 1 failed, 1 skipped.');
    expect(lines).toContain('Machine: 2 cores.');
    const again = acceptancePage(results, { ...AT, only: 'backup' });
    expect(again).toContain(
      'in parts, of which that with "backup" in its titles was the last one, in 9 minutes: 1 passed',
    );
  });
});
