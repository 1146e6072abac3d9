import { describe, expect, it } from 'vitest';
import { addUp, failedTests } from './results.ts';

describe('test summary', () => {
  it('adds up passed, failed and skipped tests of all reports', () => {
    const test = (fullName: string, status: string) => ({ fullName, status });
    const report = {
      testResults: [
        {
          name: 'a',
          status: 'passed',
          assertionResults: [test('a1', 'passed'), test('a2', 'pending'), test('a3', 'skipped')],
        },
        { name: 'b', status: 'failed', assertionResults: [test('b1', 'failed'), test('b2', 'passed')] },
      ],
    };
    expect(addUp([report, report])).toMatchObject({ passed: 4, failed: 2, skipped: 4 });
  });

  it('names the rows of the ledger that a passing test has in its title', () => {
    const named = (fullName: string, status: string) => ({ fullName, status });
    const assertionResults = [
      named('attach H10: nothing is left', 'passed'),
      named('decide B1, H2: opts in', 'passed'),
      named('H3: fails', 'failed'),
      named('no row B4', 'passed'),
    ];
    const report = { testResults: [{ name: 'a', status: 'passed', assertionResults }] };
    expect(addUp([report]).ledgerRows).toEqual(['B1', 'H2', 'H10']);
  });

  it('counts a test that one kernel skipped and another one ran as passed only', () => {
    const ran = (status: string) => ({
      testResults: [{ name: 'a', status: 'passed', assertionResults: [{ fullName: 'vlan works', status }] }],
    });
    expect(addUp([ran('skipped'), ran('passed')])).toMatchObject({ passed: 1, failed: 0, skipped: 0 });
  });

  it('counts a test file that could not be loaded as failed', () => {
    expect(addUp([{ testResults: [{ name: 'x', status: 'failed', assertionResults: [] }] }]).failed).toBe(1);
  });

  it('names each failed test with the first line of why, and a file that could not be loaded', () => {
    const assertionResults = [
      { fullName: 'a works', status: 'passed' },
      { fullName: 'a breaks', status: 'failed', failureMessages: ['Error: expected 1 to be 2\n    at a.test.ts:1:1'] },
    ];
    const reports = [
      { testResults: [{ name: 'a.test.ts', status: 'failed', assertionResults }] },
      { testResults: [{ name: 'b.test.ts', status: 'failed', message: 'no such module', assertionResults: [] }] },
    ];
    expect(failedTests(reports)).toEqual([
      { name: 'a breaks', why: 'Error: expected 1 to be 2' },
      { name: 'b.test.ts', why: 'no such module' },
    ]);
  });
});
