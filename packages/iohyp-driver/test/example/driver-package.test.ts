import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalCommandRunner, loadDriverPackage } from '../../src/index.ts';
import { missing } from '../qsd/installed.ts';

const runner = new LocalCommandRunner();
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const PLAIN = 'iorcl-driver-plain-nbd';
/** An I/O host's directory of drivers, where an operator runs npm install. */
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'iorcl-drivers-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A package of one file. */
async function install(name: string, source: string, manifest: object = {}): Promise<void> {
  const path = join(directory, 'node_modules', name);
  await mkdir(path, { recursive: true });
  const whole = { name, type: 'module', exports: { '.': { default: './index.js' } }, ...manifest };
  await writeFile(join(path, 'package.json'), JSON.stringify(whole));
  await writeFile(join(path, 'index.js'), source);
}

describe('a driver from an npm package that the configuration names', () => {
  const refusal = (name: string): Promise<unknown> =>
    loadDriverPackage(name, {}, directory).catch((error: unknown) => error);

  it.each([['../escape'], ['/etc/passwd'], ['file:x'], ['UPPER'], ['-x y'], ['@a/b/c'], ['']])(
    'is refused when its name is none: %j',
    async (name) => {
      expect(await refusal(name)).toMatchObject({ code: 'bad_request', message: /not the name of an npm package/ });
    },
  );

  it('is refused when it is not installed, with the command that installs it', async () => {
    expect(await refusal('@example/not-there')).toMatchObject({
      code: 'bad_request',
      message: `driver package "@example/not-there": not installed below ${directory}: npm install @example/not-there there`,
    });
  });

  it('is refused when it was written for another contract, is no driver, or can not be loaded', async () => {
    await install('for-another', 'export const contractVersion = 99; export const createDriver = () => ({});');
    await install('no-driver', 'export const hello = 1;');
    await install(
      'half',
      'export const contractVersion = 1; export const createDriver = () => ({ name: "half", open() {} });',
    );
    await install('broken', 'throw new Error("no such kernel module");');
    await install(
      'picky',
      'export const contractVersion = 1; export const createDriver = () => { throw new Error("speed is missing"); };',
    );
    await install('hidden', '', { exports: { '.': { browser: './index.js' } } });
    expect(await refusal('for-another')).toMatchObject({ message: /written for contract 99, and this is contract 1/ });
    expect(await refusal('no-driver')).toMatchObject({ message: /doesn't export "contractVersion"/ });
    expect(await refusal('half')).toMatchObject({ message: /it lacks capabilities, interpose, export, .*watch/ });
    expect(await refusal('broken')).toMatchObject({ message: /can't be loaded: no such kernel module/ });
    expect(await refusal('picky')).toMatchObject({ message: /of its options: speed is missing/ });
    expect(await refusal('hidden')).toMatchObject({ message: /"exports"/ });
  });

  const reason = missing('qemu-storage-daemon', 'qemu-io', 'qemu-img');
  it.skipIf(reason)(
    `the driver of docs/writing-a-driver.md: built, installed, loaded, and seen to pass the suite under node:test${reason === undefined ? '' : ` (${reason})`}`,
    { timeout: 240_000 },
    async () => {
      const target = join(directory, 'node_modules', PLAIN);
      const source = here('../../examples/plain-nbd');
      await mkdir(target, { recursive: true });
      await cp(join(source, 'package.json'), join(target, 'package.json'));
      const files = (await readdir(source)).filter((name) => name.endsWith('.ts')).map((name) => join(source, name));
      // Types are checked with the rest of the project; here they only go.
      const emit = [
        '--ignoreConfig',
        '--noCheck',
        '--noResolve',
        '--rewriteRelativeImportExtensions',
        '--types',
        'node',
      ];
      const how = ['--module', 'nodenext', '--target', 'es2024', '--outDir', join(target, 'dist')];
      await runner.run({ program: 'tsc', args: [...emit, ...how, ...files] });
      await mkdir(join(directory, 'node_modules/@iorcl'));
      await symlink(here('../..'), join(directory, 'node_modules/@iorcl/iohyp-driver'));
      await symlink(here('../../../../node_modules/zod'), join(directory, 'node_modules/zod'));

      expect(await loadOptions({ runtimeDirectory: 'relative' })).toMatch(/makes no driver of its options/);
      const node = ['--conditions=@iorcl/source', '--test-reporter=tap', here('./packaged-suite.ts'), directory];
      const suite = { program: process.execPath, args: node };
      const { stdout } = await runner.run(suite, { timeoutMs: 200_000, okExitCodes: [0, 1] });
      const failed = stdout.split('# Subtest:').filter((each) => /^ *not ok /m.test(each));
      expect(failed.join('').slice(0, 3_000)).toBe('');
      expect(stdout).toMatch(/^# fail 0$/m);
      expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(30);
    },
  );

  /** In a process of its own: this one has the sources under another name. */
  async function loadOptions(options: object): Promise<string> {
    const script = `import { loadDriverPackage } from '@iorcl/iohyp-driver';
      await loadDriverPackage('${PLAIN}', ${JSON.stringify(options)}, ${JSON.stringify(directory)}).catch((error) => console.log(error.message));`;
    await writeFile(join(directory, 'load.mjs'), script);
    const args = ['--conditions=@iorcl/source', join(directory, 'load.mjs')];
    return (await runner.run({ program: process.execPath, args })).stdout;
  }
});
