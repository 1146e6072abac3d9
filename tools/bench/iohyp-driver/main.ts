// How long the verbs take, and what the data plane costs beside a plain qemu-nbd and the bare file, measured in turns.
// Run: node --conditions=@iorcl/source tools/bench/iohyp-driver/main.ts [rounds]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureThroughput } from './throughput.ts';
import { measureVerbs } from './verbs.ts';

const rounds = Number(process.argv[2] ?? 5);
const directory = mkdtempSync(join(tmpdir(), 'iorcl-bench-'));
try {
  console.log(await measureVerbs(join(directory, 'verbs'), 2 * rounds));
  console.log(await measureThroughput(join(directory, 'throughput'), rounds));
} finally {
  rmSync(directory, { recursive: true });
}
