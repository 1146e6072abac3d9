import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const PACKAGE = join(import.meta.dirname, '..');

it('the example in the README of ./testing prints what it says', async () => {
  const readme = readFileSync(join(PACKAGE, 'src', 'testing', 'README.md'), 'utf8');
  const code = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const flags = [
    '--conditions=@iorcl/source',
    '--disable-warning=ExperimentalWarning',
    '--input-type=module-typescript',
  ];
  const options = { cwd: PACKAGE, env: { PATH: process.env['PATH'] }, timeout: 15_000 };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, '--eval', code], options);
  expect(stderr).toBe('');
  const said = [...code.matchAll(/\); \/\/ (.*)$/gm)].map(([, comment]) => comment);
  expect(stdout.trim().split('\n')).toEqual(said);
});
