import { expect, it } from 'vitest';
import { conformanceMatrix } from './matrix.ts';

const result = (driver: string, title: string, status: string) => ({
  ancestorTitles: [`driver ${driver} conforms to the contract`, 'data'],
  title,
  status,
});

it('shows what each driver was seen to do, what it does not claim, and what failed', () => {
  const unrelated = { ancestorTitles: ['something else'], title: 'x', status: 'passed' };
  const results = [
    result('b', 'writes', 'passed'),
    result('a', 'writes', 'failed'),
    result('a', 'grows (not here: why)', 'skipped'),
  ];
  const matrix = conformanceMatrix({ testResults: [{ assertionResults: [...results, unrelated] }] });
  expect(matrix).toBe(`Behaviours shown: a 0 of 2, b 1 of 1.

### data

| behaviour | a | b |
| --- | :-: | :-: |
| writes | **✗** | ✓ |
| grows | – | – |
`);
});

it('takes a driver that could not run here from where it did', () => {
  const results = [result('a (no kernel for it)', 'writes', 'skipped'), result('a', 'writes', 'passed')];
  expect(conformanceMatrix({ testResults: [{ assertionResults: results }] })).toContain('Behaviours shown: a 1 of 1.');
});
