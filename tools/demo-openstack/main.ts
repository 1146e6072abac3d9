// Plays the main job against a real Nova, Cinder (Ceph RBD) and Neutron: the testbed, which is brought up if it is down.
// Exits with 0 only if every claim was checked.
import { createNarrator } from '../demo/narrator.ts';
import { whyTestbedCannotRun, withTestbed } from '../testbed/lifecycle.ts';
import { play } from './play.ts';
import { buildStage } from './stage.ts';
import { openTestbed } from './testbed.ts';

const narrator = createNarrator(process.stdout);

/** With IORCL_TESTBED: another testbed, which must be up. */
async function withCloud(use: () => Promise<void>): Promise<void> {
  if (process.env['IORCL_TESTBED'] !== undefined) return await use();
  const reason = await whyTestbedCannotRun();
  if (reason !== undefined) {
    throw new Error(`this machine can't run the testbed: ${reason}. See tools/testbed/README.md`);
  }
  await withTestbed(use);
}

try {
  await withCloud(async () => {
    const stage = await buildStage(openTestbed(process.env));
    try {
      await play(stage, narrator);
    } finally {
      await stage.clear();
    }
  });
  narrator.remark(`\nAll ${narrator.claims} claims were checked.`);
} catch (error) {
  process.stderr.write(`\ndemo:openstack: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
