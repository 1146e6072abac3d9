import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { LocalCommandRunner } from '../src/index.ts';
import { missing } from './qsd/installed.ts';

const packageDirectory = fileURLToPath(new URL('..', import.meta.url));
const runner = new LocalCommandRunner();
const readme = await readFile(join(packageDirectory, 'README.md'), 'utf8');

it.skipIf(missing('qemu-storage-daemon', 'nbdinfo'))(
  'H24: the example in the README runs as it is written',
  async () => {
    const volumes = await mkdtemp(join(tmpdir(), 'iorcl-readme-'));
    // Below the package, where its own name leads to it.
    await mkdir(join(packageDirectory, 'test-results'), { recursive: true });
    const scripts = await mkdtemp(join(packageDirectory, 'test-results', 'readme-'));
    try {
      await writeFile(join(volumes, 'disk-1.raw'), '');
      await truncate(join(volumes, 'disk-1.raw'), 2 ** 20);
      await writeFile(join(volumes, 'keys.psk'), `${/echo (client-1:[0-9a-f]{64}) > keys.psk/.exec(readme)?.[1]}\n`);
      const example = /```ts\n(import \{ QsdDriver \}[\s\S]*?)```/.exec(readme)?.[1] ?? '';
      const script = example
        .replaceAll('/run/my-exports', join(volumes, 'run'))
        .replaceAll('/srv/volumes', volumes)
        .replace('\nawait driver.revoke', `\n${lookWith(join(volumes, 'keys.psk'))}\nawait driver.revoke`);
      await writeFile(join(scripts, 'example.ts'), script);
      const args = ['--conditions=@iorcl/source', join(scripts, 'example.ts')];
      const { stdout } = await runner.run({ program: process.execPath, args });
      expect(stdout).toMatch(/^nbds:\/\/client-1@127\.0\.0\.1:\d+\/disk-1 offers 1048576 bytes\n1048576\n$/);
    } finally {
      await rm(volumes, { recursive: true, force: true });
      await rm(scripts, { recursive: true, force: true });
    }
  },
);

/** The README's shell command, run where it says that it works. */
function lookWith(keys: string): string {
  const uri = /nbdinfo "(nbds:[^"]+)"/.exec(readme)?.[1] ?? '';
  const template = uri.replace('PORT', `\${listener.port}`).replace('keys.psk', keys);
  return `console.log((await import('node:child_process')).execFileSync('nbdinfo', ['--size', \`${template}\`]).toString().trim());`;
}
