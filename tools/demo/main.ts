// Plays the main job on embedded defaults. Exits with 0 only if every claim that it prints was checked.
import { createNarrator } from './narrator.ts';
import { play } from './play.ts';
import { buildStage } from './stage.ts';

const began = Date.now();
const narrator = createNarrator(process.stdout);
const stage = await buildStage();
try {
  await play(stage, narrator);
  narrator.remark(`\nAll ${narrator.claims} claims were checked, in ${((Date.now() - began) / 1000).toFixed(0)} s.`);
} catch (error) {
  process.stderr.write(`\ndemo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await stage.clear();
}
