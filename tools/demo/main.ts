// Plays the main job on embedded defaults. Exits with 0 only if every claim that it prints was checked.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeDirectory } from './leftovers.ts';
import { createNarrator } from './narrator.ts';
import { play } from './play.ts';
import { buildStage } from './stage.ts';

const began = Date.now();
const narrator = createNarrator(process.stdout);
const directory = mkdtempSync(join(tmpdir(), 'iorcl-demo-'));

/** All that outlives this process is the directory: networks, mounts and processes are its own, see tools/bootstrap/run. */
const leave = (status: number): never => {
  removeDirectory(directory);
  process.exit(status);
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => leave(130));

try {
  const stage = await buildStage(directory);
  try {
    await play(stage, narrator);
  } finally {
    await stage.clear();
  }
  narrator.remark(`\nAll ${narrator.claims} claims were checked, in ${((Date.now() - began) / 1000).toFixed(0)} s.`);
  leave(0);
} catch (error) {
  process.stderr.write(`\ndemo: ${error instanceof Error ? error.message : String(error)}\n`);
  leave(1);
}
