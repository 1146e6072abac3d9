import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from '../src/testing/index.ts';

const directory = fileURLToPath(new URL('../examples/', import.meta.url));
/** What each must say, on a kernel of any configuration. */
const expected: Readonly<Record<string, RegExp>> = {
  address: /^10\.0\.0\.1\/24\nfd00::1\/64\n(fe80::\S+\n)?\{ changed: true \}$/m,
  'bridge-vlan': /changed: true.*\n\[[\s\S]*last: 300|know no VLANs/,
  'fake-kernel': /^the kernel is short of memory\nbr0 has an MTU of 9000$/m,
  'generic-netlink': /^nlctrl 16$/m,
  'link-change': /alternativeNames: \[ 'the-port-that-has-a-long-name' \]/,
  'link-create': /^br0 |^macvlan0 /m,
  'link-delete': /^\{ changed: true \}\nrefused 0\n\{ changed: true \}$/m,
  'link-ensure': /^made true \{ changed: false, index: \d+ \}\nrepaired true$/m,
  'link-list': /^1 lo hardware up 65536 00:00:00:00:00:00$[\s\S]*^no such link$/m,
  monitor: /^there are \d+ links$[\s\S]*^set br0$/m,
  namespace: /'b'[\s\S]*\[ 'blue' \] \{ changed: true \}$/m,
  neighbour: /mac: '02:00:00:00:00:02'[\s\S]*'02:00:00:00:00:03'/,
  route: /^10\.1\.0\.0\/16 10\.0\.0\.3$/m,
};

const noNamespaces = whyNoNamespaces();
const noMounts = spawnSync('unshare', ['--mount', 'true']).status === 0 ? undefined : 'unshare --mount fails';
const reason = noNamespaces ?? noMounts;

describe.skipIf(reason !== undefined)(`the examples${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let fresh: FreshNamespace;
  beforeEach(async () => {
    fresh = await enterFreshNamespace();
  });
  afterEach(() => fresh.leave());

  const names = readdirSync(directory).map((file) => file.replace('.ts', ''));
  it('H24: are all tried here', () => expect(names.sort()).toEqual(Object.keys(expected).sort()));

  it.each(names)('H24: %s works as it stands', (name) => {
    // A /run of its own: the examples use the standard directories.
    const script = 'mount -t tmpfs tmpfs /run && exec "$0" --conditions=@iorcl/source "$1"';
    const run = ['--mount', 'sh', '-c', script, process.execPath, `${directory}${name}.ts`];
    const { stdout, stderr, status } = spawnSync('unshare', run, {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(expected[name] ?? /never/);
  });
});
