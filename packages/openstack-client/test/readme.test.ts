import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryCloud } from './temporary-cloud.ts';

const PACKAGE = join(import.meta.dirname, '..');
const examples = [...readFileSync(join(PACKAGE, 'README.md'), 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(
  ([, code]) => code ?? '',
);

/** Runs an example as its reader would: a file of its own, importing the package by name. */
async function run(code: string, env: Readonly<Record<string, string>>): Promise<string> {
  const flags = [
    '--conditions=@iorcl/source',
    '--disable-warning=ExperimentalWarning',
    '--input-type=module-typescript',
  ];
  const options = { cwd: PACKAGE, env: { PATH: process.env['PATH'], ...env }, timeout: 15_000 };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, '--eval', code], options);
  expect(stderr).toBe('');
  return stdout;
}

it("the README's first example does what it says", async () => {
  const cloud = await temporaryCloud();
  const { username, password, projectName } = cloud.credentials.demo();
  cloud.addVolume({ name: 'data', sizeGiB: 2 });
  const output = await run(examples[0] ?? '', {
    OS_AUTH_URL: cloud.authUrl,
    OS_USERNAME: username,
    OS_PASSWORD: password,
    OS_PROJECT_NAME: projectName,
  });
  expect(output).toBe('data available 2 GiB\nnot_found 404 Instance no-such-server could not be found.\n');
});

it("the README's example of a test does what it says", async () => {
  expect(await run(examples[1] ?? '', {})).toBe('in-use\navailable\n');
  expect(examples).toHaveLength(2);
});
