import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { markOf } from '../src/importers/nbd-block/mark.ts';

const directory = new URL('../udev/', import.meta.url);
const [file = ''] = readdirSync(directory);
const rules = readFileSync(new URL(file, directory), 'utf8');
const system = '/lib/udev/rules.d/60-persistent-storage.rules';
const noUdev = existsSync(system) ? '' : ' (skipped: there is no udev)';

it.skipIf(noUdev !== '')(`the udev rules say what udev's own ask for, before they do${noUdev}`, () => {
  expect(rules).toContain('ENV{UDEV_DISABLE_PERSISTENT_STORAGE_RULES_FLAG}="1"');
  expect(readFileSync(system, 'utf8')).toMatch(/^ENV\{UDEV_DISABLE_PERSISTENT_STORAGE_RULES_FLAG\}=="1", GOTO=/m);
  expect(file < '60-persistent-storage.rules').toBe(true);
});

it('they concern devices that carry our mark, and no others', () => {
  const mark = /ATTR\{backend\}=="([^"*]+)\*"/.exec(rules)?.[1] ?? '?';
  expect(markOf(randomUUID()).startsWith(mark)).toBe(true);
  expect(rules.match(/^[^#\n].*$/gm)).toHaveLength(1);
});
