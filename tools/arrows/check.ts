import { parseSync } from 'oxc-parser';
import type { Room } from './table.ts';

export interface SourceFile {
  /** Path below the repository's root. */
  readonly path: string;
  readonly text: string;
}

/** Modules by which processes are started. */
const STARTERS = ['node:child_process', 'child_process', 'node:cluster', 'cluster'];
/** Where they may be: the command runner, and the notifications to systemd (docs/decisions/0045-systemd-notify.md). */
const MAY_START = ['packages/iohyp-driver/src/command/', 'packages/service/src/supervisor.ts'];

/** What tests may import besides what their room may. */
const TEST_IMPORTS = ['vitest', 'fast-check'];

/** Lists, a line each, the imports of a file that its room does not allow. */
export function forbiddenArrows(file: SourceFile, rooms: readonly Room[]): string[] {
  const room = rooms.find(({ place }) => file.path.startsWith(`${place}/`));
  if (room === undefined) return [`${file.path}: lies in no room of docs/architecture.md`];
  const starts = mayStart(file.path) ? [] : importedModules(file).filter((specifier) => STARTERS.includes(specifier));
  if (starts.length > 0) {
    return [
      `${file.path}: may not import ${starts.join(', ')}; processes are started by ${MAY_START.join(' and ')} alone`,
    ];
  }
  if (room.mayImport === 'anything') return [];
  const allowed = isTest(file.path) ? [...room.mayImport, ...TEST_IMPORTS] : room.mayImport;
  const own = `@iorcl/${room.place.split('/')[1]}`;
  return importedModules(file)
    .filter((specifier) => !isAllowed(specifier, file.path, room.place, own, allowed, rooms))
    .map(
      (specifier) =>
        `${file.path}: may not import ${specifier}; ${room.place} may import ${allowed.join(', ') || 'nothing'}`,
    );
}

/** Tests and tools may start what they like. */
function mayStart(path: string): boolean {
  const isProduct = /^(packages|apps)\/[^/]+\/src\//.test(path) && !isTest(path);
  return !isProduct || MAY_START.some((place) => path.startsWith(place));
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.includes('/test/') || path.endsWith('/vitest.config.ts');
}

function isAllowed(
  specifier: string,
  path: string,
  place: string,
  own: string,
  allowed: readonly string[],
  rooms: readonly Room[],
): boolean {
  if (specifier.startsWith('node:')) return true;
  if (specifier.startsWith('.')) {
    const target = new URL(specifier, `file:///${path}`).pathname;
    return target.startsWith(`/${place}/`) || (isTest(path) && target === '/vitest.shared.ts');
  }
  const name = packageName(specifier);
  if (name === own) return true;
  const isLibrary = rooms.some((room) => room.place === `packages/${name.replace('@iorcl/', '')}`);
  return allowed.includes(name) || (name.startsWith('@iorcl/') && isLibrary && allowed.includes('@iorcl/*'));
}

function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function importedModules(file: SourceFile): string[] {
  const { module, errors } = parseSync(file.path, file.text);
  if (errors.length > 0) throw new Error(`${file.path}: ${errors[0]?.message}`);
  const dynamic = module.dynamicImports.map(({ moduleRequest }) =>
    file.text.slice(moduleRequest.start, moduleRequest.end),
  );
  return [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) => entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
    ...dynamic.filter((text) => /^['"]/.test(text)).map((text) => text.slice(1, -1)),
  ];
}
