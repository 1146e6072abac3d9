/**
 * Packs a built package as it is published, and checks it: contents, publint, Are the types wrong?, and that all of its entries
 * can be imported.
 *
 *     node --conditions=@iorcl/source tools/publish/main.ts PROJECT --at-most KILOBYTES [--into DIRECTORY]
 *
 * Leaves the tarball in DIRECTORY, for `npm publish`; without it nothing is left.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { complaints } from './contents.ts';
import { stage } from './stage.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { 'at-most': { type: 'string' }, into: { type: 'string' } },
});
const project = resolve(positionals[0] ?? '.');
const limitBytes = Number(values['at-most']) * 1000;
if (!Number.isFinite(limitBytes)) throw new Error('--at-most KILOBYTES is missing');

const { manifest, directory, files } = stage(project);
const run = (command: string, args: readonly string[]): string =>
  execFileSync(command, args, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
try {
  run('npm', ['pack', '--ignore-scripts', '--loglevel=error', '--silent']);
  const tarball = globSync('*.tgz', { cwd: directory }).map((name) => join(directory, name))[0] ?? '';
  const bytes = statSync(tarball).size;
  const said = complaints(files, bytes, limitBytes, (path) => readFileSync(join(directory, path), 'utf8'));
  if (said.length > 0) throw new Error(`${manifest.name} can't be published:\n  ${said.join('\n  ')}`);
  run('publint', ['--strict', tarball]);
  run('attw', [tarball, '--profile', 'esm-only']);
  // By its own name, which a module inside the package may use as everybody else does.
  const program = join(directory, 'import-all.mjs');
  const entries = Object.keys(manifest.exports).map((path) => `${manifest.name}${path.slice(1)}`);
  writeFileSync(program, entries.map((entry) => `await import(${JSON.stringify(entry)});\n`).join(''));
  run(process.execPath, [program]);
  if (values.into !== undefined) copyFileSync(tarball, join(values.into, basename(tarball)));
  console.log(`${manifest.name} ${manifest.version}: ${files.length} files, ${(bytes / 1000).toFixed(1)} kB packed`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
