// openstack volume set --size on attached volumes of io instances, on a real OpenStack (the testbed): refused by a stock Nova
// where its driver can't, and without a detach with the compute driver module. Exits with 0 only if every claim was checked.
import { createNarrator } from '../demo/narrator.ts';
import { buildStage } from '../demo-openstack/stage.ts';
import { openTestbed } from '../demo-openstack/testbed.ts';
import { withTestbed } from '../testbed/lifecycle.ts';
import { withComputeDriverModule } from './compute-driver.ts';
import { growsInUse, isRefused, type WrittenDisk, writtenDisk } from './extend-cases.ts';

type Case = (...args: Parameters<typeof growsInUse>) => Promise<void>;

const narrator = createNarrator(process.stdout);
const state = process.env['TESTBED_DIR'] ?? '/var/tmp/iorcl-testbed';
const cases: readonly { readonly title: string; readonly importer: string; readonly module: boolean; run: Case }[] = [
  { title: "importer fuse, Nova's own driver", importer: 'fuse', module: false, run: isRefused },
  { title: 'importer qemu-nbd, compute driver module', importer: 'qemu-nbd', module: true, run: growsInUse },
];

async function play({ title, importer, run }: (typeof cases)[number]): Promise<void> {
  narrator.chapter(title);
  const stage = await buildStage(openTestbed(process.env), importer);
  let disk: WrittenDisk | undefined;
  try {
    disk = await writtenDisk(stage);
    await run(stage, narrator, disk);
    await stage.parts.detach(disk.serverId, disk.volumeId);
    narrator.claim('detached, Cinder says available', true);
    narrator.claim('no data-plane or importer process', stage.dataPlane(), []);
    narrator.claim('no mount', stage.mounts(), []);
  } finally {
    await stage.clear();
  }
}

const wanted = process.argv[2];
try {
  await withTestbed(async () => {
    for (const each of cases) {
      if (wanted !== undefined && !each.title.includes(wanted)) continue;
      if (each.module) await withComputeDriverModule(state, () => play(each));
      else await play(each);
    }
  });
  narrator.remark(`\nAll ${narrator.claims} claims were checked.`);
} catch (error) {
  process.stderr.write(`\nextend: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
