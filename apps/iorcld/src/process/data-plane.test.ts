import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTRACT_VERSION } from '@iorcl/iohyp-driver';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { IorcldConfiguration } from '../configuration/configuration.ts';
import { createDriver, decrypts } from './data-plane.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'iorcld-driver-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const connector = {
  ...{ host: 'io-1', ip: '192.0.2.1', platform: 'x86_64', os_type: 'linux' },
  ...{ multipath: false, do_local_attach: false },
};
const barbican = { secret: () => Promise.reject(new Error('not asked')) };
const configured = (
  iohyp: Partial<IorcldConfiguration['iohyp']>,
  keys: Partial<IorcldConfiguration['key_manager']> = {},
): Pick<IorcldConfiguration, 'iohyp' | 'key_manager'> => ({
  iohyp: {
    ...{
      driver: 'qsd',
      runtime_directory: join(directory, 'run'),
      file_directories: [],
      local_prefixes: [],
      nvme_queues: 4,
      cores: [],
    },
    ...{ allow_insecure: false, package_directory: directory, package_options: { colour: 'blue' } },
    ...iohyp,
  },
  key_manager: { kind: 'directory', ...keys },
});

it('qsd is the default', async () => {
  const driver = await createDriver(configured({}), connector, barbican);
  expect(driver.name).toBe('qsd');
});

it('nvmet is one that compute hosts can import', async () => {
  const driver = await createDriver(configured({ driver: 'nvmet' }), connector, barbican);
  expect(driver.capabilities).toMatchObject({ transport: 'nvme-tcp', secure: true });
});

it('H18: decrypts where there is a directory of keys, or Barbican', async () => {
  const without = configured({});
  const given = configured({}, { directory });
  expect(decrypts(await createDriver(without, connector, barbican), without)).toBe(false);
  expect(decrypts(await createDriver(given, connector, barbican), given)).toBe(true);
  const asked = configured({}, { kind: 'barbican' });
  expect(decrypts(await createDriver(asked, connector, barbican), asked)).toBe(true);
});

it('a driver may be an npm package, which is given its options', async () => {
  const path = join(directory, 'node_modules/@example/driver');
  mkdirSync(path, { recursive: true });
  writeFileSync(
    join(path, 'package.json'),
    JSON.stringify({ name: '@example/driver', type: 'module', main: 'index.js' }),
  );
  writeFileSync(
    join(path, 'index.js'),
    `export const contractVersion = ${CONTRACT_VERSION};
     const verbs = 'open interpose export grant revoke unexport close resize setQos drain inspect list adopt stats watch';
     export const createDriver = ({ colour }) => ({
       name: colour,
       capabilities: { transport: 'nbd', backends: [], interposers: [], secure: true, resize: 'none', recreates: false },
       ...Object.fromEntries(verbs.split(' ').map((verb) => [verb, () => {}])),
     });`,
  );
  expect((await createDriver(configured({ driver: '@example/driver' }), connector, barbican)).name).toBe('blue');
});

it.each([
  [
    'a driver that is neither ours nor installed',
    { driver: 'qsdd' },
    /neither one of ours \(nvmet, qsd, splitio\) nor.*qsdd/,
  ],
  ['an insecure one that was not asked for', { driver: 'splitio' }, /allow_insecure = true/],
  [
    'one that no compute host can import',
    { driver: 'splitio', allow_insecure: true },
    /speaks vrio, which no compute host imports yet; expected one that speaks nbd or nvme-tcp/,
  ],
] as const)('%s is refused', async (_, iohyp, message) => {
  await expect(createDriver(configured(iohyp), connector, barbican)).rejects.toThrow(message);
});
