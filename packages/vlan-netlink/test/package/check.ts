/**
 * Packs the built package as it is published, checks it, and installs it where there is no compiler:
 *
 *     bash native/build all && node test/package/check.ts
 *
 * No test of vitest's: it needs what was built.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const project = join(import.meta.dirname, '../..');
const publish = join(project, '../../tools/publish/main.ts');
const directory = mkdtempSync(join(tmpdir(), 'package-'));
const run = (command: string, given: readonly string[], options: { cwd?: string; PATH?: string } = {}): string =>
  execFileSync(command, given, {
    cwd: options.cwd ?? project,
    encoding: 'utf8',
    env: { ...process.env, PATH: options.PATH ?? process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  });

/** `e_machine` of an ELF file (elf(5)): EM_X86_64, EM_AARCH64. */
const machines = { x64: 62, arm64: 183 } as const;

try {
  process.stdout.write(
    run(process.execPath, ['--conditions=@iorcl/source', publish, '.', '--at-most', '200', '--into', directory]),
  );
  const tarball = globSync('*.tgz', { cwd: directory }).map((name) => join(directory, name))[0] ?? '';
  const host = join(directory, 'host');
  mkdirSync(host);
  writeFileSync(join(host, 'package.json'), '{ "private": true, "type": "module" }');

  // Nothing but Node and a shell: no compiler, no make, no Python.
  const programs = join(directory, 'bin');
  mkdirSync(programs);
  symlinkSync(process.execPath, join(programs, 'node'));
  symlinkSync('/bin/sh', join(programs, 'sh'));
  const npm = realpathSync(run('sh', ['-c', 'command -v npm']).trim());
  run(process.execPath, [npm, 'install', '--offline', '--no-audit', '--no-fund', '--silent', tarball], {
    cwd: host,
    PATH: programs,
  });

  const installed = join(host, 'node_modules/@iorcl/vlan-netlink');
  const manifest: { scripts?: unknown } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  assert.equal(manifest.scripts, undefined, 'nothing runs at installation');
  const sources = ['native/build', ...globSync('native/*.[ch]', { cwd: project }).sort()];
  const digest = createHash('sha256').update(sources.map((path) => readFileSync(join(project, path), 'utf8')).join(''));
  const madeOf = `${digest.digest('hex')}  -`;
  for (const [architecture, machine] of Object.entries(machines)) {
    const path = join(installed, `prebuilds/linux-${architecture}`);
    assert.equal(readFileSync(`${path}.node`).readUInt16LE(18), machine, `${path}.node is for ${architecture}`);
    assert.equal(readFileSync(`${path}.sources`, 'utf8').trim(), madeOf, `${path}.node is made of these sources`);
  }
  writeFileSync(
    join(host, 'try.js'),
    `import { listLinks, NetlinkSocket } from '@iorcl/vlan-netlink';
     using socket = NetlinkSocket.open();
     console.log((await listLinks(socket)).find(({ name }) => name === 'lo')?.name);`,
  );
  assert.equal(run('node', ['try.js'], { cwd: host, PATH: programs }), 'lo\n');
  console.log('the tarball has binaries for x64 and arm64, is installed without a compiler, and works');
} finally {
  rmSync(directory, { recursive: true, force: true });
}
