import { describe, expect, it } from 'vitest';
import { forbiddenArrows } from './check.ts';
import { readRooms } from './table.ts';

const rooms = readRooms(`
| place | job | may import |
|---|---|---|
| \`packages/a\` | x | nothing |
| \`packages/b\` | x | \`zod\` |
| \`apps/c\` | x | \`@iorcl/*\`, \`fastify\` |
| \`tools\` | x | anything |
`);
const check = (path: string, text: string): string[] => forbiddenArrows({ path, text }, rooms);

describe('arrows', () => {
  it('reads the rooms from the architecture document', () => {
    expect(rooms.map((room) => room.place)).toEqual(['packages/a', 'packages/b', 'apps/c', 'tools']);
  });

  it.each([
    ['packages/a/src/x.ts', `import '@iorcl/b';`],
    ['packages/a/src/x.ts', `import type { B } from '@iorcl/b/testing';`],
    ['packages/a/src/x.ts', `export * from '../../b/src/index.ts';`],
    ['packages/a/src/x.ts', `await import('zod');`],
    ['packages/b/src/x.test.ts', `import '@iorcl/a';`],
    ['packages/b/src/x.ts', `import 'vitest';`],
    ['apps/c/src/x.ts', `import '@iorcl/c2';`],
    ['apps/c/src/x.ts', `export { x } from 'pino';`],
    ['packages/new/src/x.ts', `export {};`],
    ['packages/a/src/x.ts', `import { spawn } from 'node:child_process';`],
    ['packages/a/src/testing/x.ts', `import { spawn } from 'node:child_process';`],
    ['apps/c/src/x.ts', `await import('child_process');`],
    ['apps/c/src/x.ts', `import cluster from 'node:cluster';`],
  ])('refuses in %s: %s', (path, text) => {
    expect(check(path, text)).toHaveLength(1);
  });

  it.each([
    ['packages/a/src/x.ts', `import 'node:fs'; import './y.ts'; import '../z.ts';`],
    ['packages/a/src/x.test.ts', `import 'vitest'; import '@iorcl/a';`],
    ['packages/b/src/x.ts', `import * as z from 'zod';`],
    ['apps/c/src/x.ts', `import '@iorcl/a/testing'; import 'fastify';`],
    ['tools/x.ts', `import 'anything'; import '@iorcl/c';`],
    ['packages/a/test/x.test.ts', `import { spawn } from 'node:child_process';`],
    ['packages/a/src/x.test.ts', `import { spawn } from 'node:child_process';`],
    ['tools/x.ts', `import { spawn } from 'node:child_process';`],
  ])('allows in %s: %s', (path, text) => {
    expect(check(path, text)).toEqual([]);
  });
});
