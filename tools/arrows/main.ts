// Fails when an import arrow is not in docs/architecture.md.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { forbiddenArrows } from './check.ts';
import { readRooms } from './table.ts';

const root = new URL('../..', import.meta.url).pathname;
const rooms = readRooms(readFileSync(join(root, 'docs/architecture.md'), 'utf8'));
const paths = globSync(['packages/*/**/*.ts', 'apps/*/**/*.ts', 'tools/**/*.ts'], {
  cwd: root,
  exclude: (path) => /(^|\/)(node_modules|dist|out-tsc)$/.test(path),
}).filter((path) => !/\/(node_modules|dist|out-tsc)\//.test(path));
const problems = paths.flatMap((path) =>
  forbiddenArrows({ path, text: readFileSync(join(root, path), 'utf8') }, rooms),
);
for (const problem of problems) console.error(problem);
console.log(`arrows: ${paths.length} files, ${rooms.length} rooms, ${problems.length} forbidden imports`);
process.exitCode = problems.length > 0 || paths.length === 0 ? 1 : 0;
