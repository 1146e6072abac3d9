// Plays the main job against a real Nova, Cinder (Ceph RBD) and Neutron. Exits with 0 only if every claim was checked.
import { createNarrator } from '../demo/narrator.ts';
import { play } from './play.ts';
import { buildStage } from './stage.ts';
import { openTestbed } from './testbed.ts';

const narrator = createNarrator(process.stdout);
try {
  const stage = await buildStage(openTestbed(process.env));
  try {
    await play(stage, narrator);
  } finally {
    await stage.clear();
  }
  narrator.remark(`\nAll ${narrator.claims} claims were checked.`);
} catch (error) {
  process.stderr.write(`\ndemo:openstack: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
