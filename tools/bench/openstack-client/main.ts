/**
 * What it costs to have the OpenStack client at all: the time to import it, from its sources as published, beside openstacksdk
 * (Debian: python3-openstacksdk), and its size in a bundle.
 *
 *     node --conditions=@iorcl/source tools/bench/openstack-client/main.ts [rounds]
 *
 * Builds the package into a temporary directory. Who is not installed is left out, and said so.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Debian's: another one in PATH does not have Debian's packages. */
const PYTHON = '/usr/bin/python3';
const ROUNDS = Number(process.argv[2] ?? 15);
const ROOT = join(import.meta.dirname, '..', '..', '..');
const PACKAGE = join(ROOT, 'packages', 'openstack-client');

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

interface Contender {
  readonly name: string;
  readonly command: string;
  readonly bare: readonly string[];
  readonly importing: readonly string[];
}

/** Wall time of a process. */
function run(command: string, args: readonly string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
  return performance.now() - started;
}

/** Medians of a process that imports, and of one that does not, taken in turns so that both see the same machine. */
function measure({ command, bare, importing }: Contender): { readonly bareMs: number; readonly importMs: number } {
  const bareMs: number[] = [];
  const importMs: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const times = [run(command, bare), run(command, importing)];
    if (round === 0) continue; // fills caches
    bareMs.push(times[0] ?? Number.NaN);
    importMs.push(times[1] ?? Number.NaN);
  }
  return { bareMs: median(bareMs), importMs: median(importMs) };
}

const directory = mkdtempSync(join(tmpdir(), 'openstack-client-bench-'));
try {
  const dist = join(directory, 'dist');
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  const build = [
    '-p',
    join(PACKAGE, 'tsconfig.lib.json'),
    '--outDir',
    dist,
    '--composite',
    'false',
    '--incremental',
    'false',
  ];
  execFileSync(
    tsc,
    [
      ...build,
      '--tsBuildInfoFile',
      'null',
      '--declaration',
      'false',
      '--declarationMap',
      'false',
      '--isolatedDeclarations',
      'false',
    ],
    {
      stdio: 'inherit',
    },
  );
  const bundle = join(directory, 'bundle.js');
  const rolldown = join(ROOT, 'node_modules', '.bin', 'rolldown');
  const options = ['--platform', 'node', '--format', 'esm', '--minify', '--file', bundle, '--log-level', 'silent'];
  execFileSync(rolldown, [join(dist, 'index.js'), ...options]);

  const ours = (name: string, file: string): Contender => ({
    name,
    command: process.execPath,
    bare: ['--input-type=module', '--eval', ''],
    importing: ['--input-type=module', '--eval', `await import(${JSON.stringify(file)})`],
  });
  const contenders = [
    ours('@iorcl/openstack-client', join(dist, 'index.js')),
    ours('@iorcl/openstack-client, bundled', bundle),
    { name: 'openstacksdk', command: PYTHON, bare: ['-c', ''], importing: ['-c', 'import openstack'] },
  ];
  if (spawnSync(PYTHON, ['-c', 'import openstack']).status !== 0) {
    console.log('openstacksdk is left out: python3-openstacksdk is not installed');
    contenders.pop();
  }
  console.log(`medians of ${ROUNDS} processes, in ms\n`);
  console.log('| | runtime alone | with import | import |\n| --- | ---: | ---: | ---: |');
  const cost = new Map<string, number>();
  for (const contender of contenders) {
    const { bareMs, importMs } = measure(contender);
    cost.set(contender.name, importMs - bareMs);
    const cells = [bareMs, importMs, importMs - bareMs].map((ms) => ms.toFixed(0));
    console.log(`| ${contender.name} | ${cells.join(' | ')} |`);
  }
  const sdk = cost.get('openstacksdk');
  const own = cost.get('@iorcl/openstack-client');
  if (sdk !== undefined && own !== undefined) console.log(`\nopenstacksdk / ours: ${(sdk / own).toFixed(1)}`);
  const minified = readFileSync(bundle);
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
  console.log(`bundle, minified: ${kilobytes(statSync(bundle).size)}, gzip: ${kilobytes(gzipSync(minified).length)}`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
