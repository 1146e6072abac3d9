import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import type { FakeCloud, FakeCredentials } from '../src/testing/index.ts';
import { clientOf, temporaryCloud } from './temporary-cloud.ts';

const PACKAGE = join(import.meta.dirname, '..');
const examples = [...readFileSync(join(PACKAGE, 'README.md'), 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(
  ([, code]) => code ?? '',
);

/** Runs the one example with these words, as its reader would: a file of its own, importing the package by name. */
async function run(words: string, env: Readonly<Record<string, string>>): Promise<string> {
  const [code = '', ...others] = examples.filter((example) => example.includes(words));
  expect(others).toEqual([]);
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

function environment(
  cloud: FakeCloud,
  credentials: FakeCredentials = cloud.credentials.demo(),
): Record<string, string> {
  const { username, password, projectName } = credentials;
  return {
    OS_AUTH_URL: cloud.authUrl,
    OS_USERNAME: username,
    OS_PASSWORD: password,
    OS_PROJECT_NAME: projectName,
  };
}

async function temporaryFile(name: string, text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'readme-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

it('the README has ten examples', () => {
  expect(examples).toHaveLength(10);
});

it('example 1: a client lists volumes and tells what is not there', async () => {
  const cloud = await temporaryCloud();
  cloud.addVolume({ name: 'data', sizeGiB: 2 });
  const output = await run("get('no-such-server'", environment(cloud));
  expect(output).toBe('data available 2 GiB\nnot_found 404 Instance no-such-server could not be found.\n');
});

it('example 2: a client from clouds.yaml', async () => {
  const cloud = await temporaryCloud();
  const { username, password, projectName } = cloud.credentials.demo();
  const auth = `{auth_url: '${cloud.authUrl}', username: ${username}, password: '${password}', project_name: ${projectName}}`;
  const path = await temporaryFile('clouds.yaml', `clouds:\n  lab:\n    auth: ${auth}\n`);
  expect(await run("fromClouds({ cloud: 'lab' })", { OS_CLIENT_CONFIG_FILE: path })).toBe(
    `${username} ${projectName}\n`,
  );
});

it('example 3: an authentication method of your own', async () => {
  const cloud = await temporaryCloud();
  const { OS_PASSWORD = '', ...env } = environment(cloud);
  const path = await temporaryFile('password', OS_PASSWORD);
  expect(await run('const fromFile', { ...env, PASSWORD_FILE: path })).toBe('true\n');
});

it('example 4: a service that acts for a user', async () => {
  const cloud = await temporaryCloud();
  cloud.addVolume({ name: 'data', sizeGiB: 1 });
  const RECEIVED_TOKEN = await clientOf(cloud.credentials.demo()).token();
  expect(await run('withServiceToken(user', { ...environment(cloud, cloud.credentials.service), RECEIVED_TOKEN })).toBe(
    '1\n',
  );
});

it('example 5: a service that receives tokens', async () => {
  const cloud = await temporaryCloud();
  const RECEIVED_TOKEN = await clientOf(cloud.credentials.demo('lab')).token();
  const output = await run('tokens.validator', { ...environment(cloud, cloud.credentials.service), RECEIVED_TOKEN });
  expect(output).toBe('lab true\ntrue\n');
});

it('example 6: a list, page by page', async () => {
  const cloud = await temporaryCloud();
  for (const name of ['a', 'b', 'c', 'd', 'e']) cloud.addVolume({ name, sizeGiB: 1 });
  const output = await run('pageSize: 2', environment(cloud));
  expect(output.trim().split('\n').sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
});

it('example 7: waiting for a volume', async () => {
  const cloud = await temporaryCloud({ volumeCreationPolls: 2 });
  expect(await run('volumes.waitFor', environment(cloud))).toBe('data available\n');
});

it('example 8: a field of a later microversion', async () => {
  const cloud = await temporaryCloud();
  cloud.addFlavor({ name: 'small' });
  cloud.addServer({ name: 'vm', flavor: 'small', host: 'compute-1' });
  expect(await run("since: '2.73'", environment(cloud))).toBe('vm undefined\nunsupported_microversion\n');
});

it('example 9: an observer', async () => {
  const cloud = await temporaryCloud();
  expect(await run('const observe', environment(cloud))).toBe('identity POST 201 1\nnetwork GET 200 1\n');
});

it('example 10: a test without a cloud', async () => {
  expect(await run('SimulatedCompute', {})).toBe('in-use\navailable\n');
});
