import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateTypes } from './generate.ts';
import { askDaemon, type Daemon, QmpSchema } from './schema.ts';
import { selection } from './selection.ts';

const root = new URL('../..', import.meta.url).pathname;
const checkedIn = readFileSync(join(root, 'packages/iohyp-driver/src/qmp/qmp-schema.ts'), 'utf8');
const madeFrom = / qemu-storage-daemon (\d+\.\d+) /.exec(checkedIn)?.[1];
const newer = join(homedir(), '.cache/iorcl/newer-qemu/usr/bin/qemu-storage-daemon');

function ask(program: string): Daemon | undefined {
  try {
    return askDaemon(program);
  } catch {
    return undefined;
  }
}

/** As it stands in the repository. */
function formatted(source: string): string {
  const args = ['format', '--stdin-file-path', 'packages/iohyp-driver/src/qmp/qmp-schema.ts'];
  return execFileSync(join(root, 'node_modules/.bin/biome'), args, { input: source, encoding: 'utf8', cwd: root });
}

describe('QMP types of the iohyp-driver package', () => {
  const installed = ask('qemu-storage-daemon');
  const reason =
    installed?.version === madeFrom ? undefined : `made from ${madeFrom}; here is ${installed?.version ?? 'none'}`;
  it.skipIf(reason)(`are what this machine's daemon says${reason === undefined ? '' : ` (${reason})`}`, () => {
    const { schema, version } = installed ?? { schema: new QmpSchema([]), version: '' };
    expect(formatted(generateTypes(schema, selection, version))).toBe(checkedIn);
  });

  const later = existsSync(newer) ? ask(newer) : undefined;
  const missing = later === undefined ? 'tools/newer-qemu/fetch gets one' : undefined;
  it.skipIf(missing)(
    `hold for a newer QEMU, too: it has all that we use${missing === undefined ? '' : ` (${missing})`}`,
    () => {
      const { schema, version } = later ?? { schema: new QmpSchema([]), version: '' };
      const ours = members(checkedIn);
      const theirs = members(formatted(generateTypes(schema, selection, version)));
      // Deprecated in 7.2 and gone since: nothing here sends it.
      const gone = ['ObjectAddArgumentsSecret[loaded]'];
      expect(ours.filter((member) => !theirs.includes(member))).toEqual(gone);
    },
  );

  it('a command, a member or a variant that the daemon does not know is an error that names it', () => {
    const schema = new QmpSchema([
      { 'meta-type': 'command', name: 'quit', 'arg-type': '0', 'ret-type': '0' },
      { 'meta-type': 'object', name: '0', members: [] },
    ]);
    const none = { events: [], variants: {} };
    expect(() => generateTypes(schema, { commands: { gone: {} }, ...none }, '0')).toThrow('gone is not in the schema');
    expect(() => generateTypes(schema, { commands: { quit: { answer: ['x'] } }, ...none }, '0')).toThrow('"x"');
    expect(generateTypes(schema, { commands: { quit: {} }, ...none }, '0')).toContain('readonly quit:');
  });
});

/** Each member with the type that it belongs to; required ones and optional ones alike. */
function members(source: string): string[] {
  let type = '';
  return source.split('\n').flatMap((line) => {
    type = /^export (?:interface|type) (\w+)/.exec(line)?.[1] ?? type;
    const member = /^ {2}readonly ('?[\w-]+'?)\??:/.exec(line)?.[1];
    return member === undefined ? [] : [`${type}[${member}]`];
  });
}
