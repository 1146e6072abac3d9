import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The export condition that leads to sources: of use in this repository only, where they are. */
const SOURCE_CONDITION = '@iorcl/source';
const ROOT = join(import.meta.dirname, '../..');

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

export interface StagedPackage {
  readonly manifest: Manifest;
  /** A directory with just what is published, to be packed or published as it is. */
  readonly directory: string;
  /** Paths in it. */
  readonly files: readonly string[];
}

/**
 * Puts what npm would publish of a built project into a new directory inside node_modules, where its dependencies are found.
 * The manifest is without what is of use in the repository only: scripts, development, the way to the sources.
 */
export function stage(project: string): StagedPackage {
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'], {
    cwd: project,
    encoding: 'utf8',
  });
  const reports: readonly { readonly files: readonly { readonly path: string }[] }[] = JSON.parse(packed);
  const listed = reports.flatMap((report) => report.files.map(({ path }) => path));
  const files = listed.filter((path) => !isLeftover(project, path));
  const parent = join(ROOT, 'node_modules/.cache/iorcl-publish');
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'package-'));
  for (const path of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    copyFileSync(join(project, path), join(directory, path));
  }
  const {
    scripts: _,
    devDependencies: __,
    ...kept
  }: Manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const manifest: Manifest = { ...kept, exports: withoutSources(kept.exports) };
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return { manifest, directory, files };
}

/** What an earlier build made of a source that is gone since. */
function isLeftover(project: string, path: string): boolean {
  const built = /^dist\/(.*?)(?:\.d\.ts|\.js)$/.exec(path)?.[1];
  return built !== undefined && !existsSync(join(project, 'src', `${built}.ts`));
}

function withoutSources(exports: Manifest['exports']): Manifest['exports'] {
  return Object.fromEntries(
    Object.entries(exports).map(([path, target]) => {
      if (typeof target !== 'object' || target === null) return [path, target];
      return [path, Object.fromEntries(Object.entries(target).filter(([condition]) => condition !== SOURCE_CONDITION))];
    }),
  );
}
