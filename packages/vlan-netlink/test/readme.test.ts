import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from '../src/testing/index.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const examples = Array.from(readme.matchAll(/^```ts\n(.*?)^```$/gms), ([, source = '']) => source);
const directory = fileURLToPath(new URL('../test-results/readme/', import.meta.url));
const expected = [/^eth0 veth 1400$/m, /^io100-\w{7} in iorcl-rack7-[0-9a-f]{12} has fe80::2/];

const noNamespaces = whyNoNamespaces();
const noMounts = spawnSync('unshare', ['--mount', 'true']).status === 0 ? undefined : 'unshare --mount fails';
const reason = noNamespaces ?? noMounts;

describe.skipIf(reason !== undefined)(`the README${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let fresh: FreshNamespace;
  beforeEach(async () => {
    fresh = await enterFreshNamespace();
  });
  afterEach(() => fresh.leave());

  it('H24: has as many examples as are tried here', () => expect(examples).toHaveLength(expected.length));

  it.each(examples.map((source, position) => ({ position, source })))(
    'H24: example $position works as it stands',
    ({ position, source }) => {
      mkdirSync(directory, { recursive: true });
      const file = `${directory}example-${position}.ts`;
      writeFileSync(file, source);
      // A /run of its own: the examples use the standard directories.
      const script = 'mount -t tmpfs tmpfs /run && exec "$0" --conditions=@iorcl/source "$1"';
      const run = ['--mount', 'sh', '-c', script, process.execPath, file];
      const { stdout, stderr, status } = spawnSync('unshare', run, {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'] },
      });
      expect(stderr).toBe('');
      expect(status).toBe(0);
      expect(stdout).toMatch(expected[position] ?? /never/);
    },
  );
});
