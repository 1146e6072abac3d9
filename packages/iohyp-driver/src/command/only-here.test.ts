import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('nothing outside of src/command starts a process', () => {
  const source = fileURLToPath(new URL('..', import.meta.url));
  const files = globSync('**/*.ts', { cwd: source }).filter((file) => !file.endsWith('.test.ts'));
  const starters = files.filter((file) => readFileSync(`${source}/${file}`, 'utf8').includes('node:child_process'));
  expect(files.length).toBeGreaterThan(100);
  expect(starters.filter((file) => !file.startsWith('command/'))).toEqual([]);
});
