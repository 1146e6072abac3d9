import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from '../src/testing/index.ts';
import { startSwitch, whyNoOvs } from './open-vswitch/real-switch.ts';

/** Not shown: what only errors, other packages' kernels, or programs that wait for nothing need. */
const unshown: readonly string[] = ['NetlinkSocket.over', 'NetworkMonitor.over'];

/** A function's own name; of a class, the names of its methods. Errors have none. */
function verbsOf(name: string, value: object): string[] {
  if (name.endsWith('Error')) return [];
  if (!/^[A-Z]/.test(name)) return [name];
  const prototype: unknown = Reflect.get(value, 'prototype');
  const methods = (owner: unknown): string[] =>
    typeof owner !== 'object' && typeof owner !== 'function'
      ? []
      : Object.entries(Object.getOwnPropertyDescriptors(owner ?? {}))
          .filter(([, { value: method }]) => typeof method === 'function')
          .map(([method]) => method);
  return [...methods(value), ...methods(prototype)].filter(
    (method) => !['constructor', 'prototype'].includes(method) && !unshown.includes(`${name}.${method}`),
  );
}

const directory = fileURLToPath(new URL('../examples/', import.meta.url));
/** What each must say, on a kernel of any configuration. */
const expected: Readonly<Record<string, RegExp>> = {
  address: /^10\.0\.0\.1\/24\nfd00::1\/64\n(fe80::\S+\n)?\{ changed: true \}$/m,
  batch: /^cannot create the bridge link a7: EEXIST.*\n\[ 'done', 'done', 'done', 'done' \]$/m,
  'bridge-vlan': /changed: true.*\n\[[\s\S]*last: 300|know no VLANs/,
  'fake-kernel': /^the kernel is short of memory\nbr0 has an MTU of 9000$/m,
  'generic-netlink': /^nlctrl 16$/m,
  'link-change': /alternativeNames: \[ 'the-port-that-has-a-long-name' \]/,
  'link-create': /^br0 |^macvlan0 /m,
  'link-delete': /^\{ changed: true \} undefined\nrefused 0\n\{ changed: true \}$/m,
  'link-ensure': /^made true \{ changed: false, index: \d+ \}\nrepaired true$/m,
  'link-kinds': /^\d+ bridge$/m,
  'link-list': /^1 lo hardware up 65536 00:00:00:00:00:00$[\s\S]*^no such link$/m,
  'link-names': /^br-[0-9a-v]{12} 15 true\n.*it has 28 bytes, and 15 are allowed\ntrue\n\{ changed: true \}$/m,
  listen: /^127\.0\.0\.1 true\nhello$/m,
  monitor: /^there are \d+ links$[\s\S]*^set br0$/m,
  namespace: /'b'[\s\S]*\[ 'blue' \] \{ changed: true \}$/m,
  'namespace-open': /^true \/run\/netns\/blue\ntrue false\n\[[^\]]*'br0'\s*\]\ntrue\ntrue$/m,
  neighbour: /mac: '02:00:00:00:00:02'[\s\S]*'02:00:00:00:00:03'/,
  'open-vswitch':
    /^added\nbridge_missing\n(example100 100|example-trunk \[ 100, 101 \]) br-p1 \{ 'my-program': 'example' \}\n[\s\S]*known to the database: 4\nports of VLAN 100: 0$/m,
  'raw-request': /^lo 1000\ntrue\n1 1$/m,
  route: /^10\.1\.0\.0\/16 10\.0\.0\.3$/m,
  'unix-stream': /^heard \nus$/m,
  'tenant-network':
    /^iorcl-rack7-\w+ io100-\w+ fe80::\S+\n\[\]\n\[ '.*lacks the address 10\.0\.0\.5\/24' \]\n\{ changed: true \} \[\]\n\[ 'attachment-1' \]\n\[\]\n\{ removed: true \}\nnetwork_type_unsupported$/m,
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

  it('H24: show every verb, that is every function and every method that the package has', async () => {
    const text = names.map((name) => readFileSync(`${directory}${name}.ts`, 'utf8')).join('\n');
    const exported: Readonly<Record<string, unknown>> = await import('../src/index.ts');
    const missing = Object.entries(exported)
      .flatMap(([name, value]) => (typeof value === 'function' ? verbsOf(name, value) : []))
      .filter((verb) => !new RegExp(`\\b${verb}\\(`).test(text));
    expect(missing).toEqual([]);
  });

  it.for(names)('H24: %s works as it stands', async (name, { skip }) => {
    if (name === 'open-vswitch' && whyNoOvs !== undefined) skip(whyNoOvs);
    await using real = name === 'open-vswitch' ? await startSwitch() : undefined;
    // A /run of its own: the examples use the standard directories.
    const script = 'mount -t tmpfs tmpfs /run && exec "$0" --conditions=@iorcl/source "$@"';
    const given = real === undefined ? [] : [real.ovsdb];
    const run = ['--mount', 'sh', '-c', script, process.execPath, `${directory}${name}.ts`, ...given];
    const { stdout, stderr, status } = spawnSync('unshare', run, {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(expected[name] ?? /never/);
  });
});
