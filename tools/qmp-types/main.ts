// Writes the QMP types of @iorcl/iohyp-driver anew, from what this machine's qemu-storage-daemon says that it understands.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateTypes } from './generate.ts';
import { askDaemon } from './schema.ts';
import { selection } from './selection.ts';

const root = new URL('../..', import.meta.url).pathname;
const file = join(root, 'packages/iohyp-driver/src/qmp/qmp-schema.ts');
const { schema, version } = askDaemon('qemu-storage-daemon');
writeFileSync(file, generateTypes(schema, selection, version));
execFileSync(join(root, 'node_modules/.bin/biome'), ['check', '--write', file], { stdio: 'ignore' });
