import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readAt } from '../demo/disk-io.ts';
import { entriesOf } from '../demo/leftovers.ts';
import type { Narrator } from '../demo/narrator.ts';
import { runToEnd } from '../demo/program.ts';
import type { Stage } from './stage.ts';

const MIB = 1024 * 1024;

/** An instance, and a volume that is or will be attached to it. */
interface Pair {
  readonly serverId: string;
  readonly volumeId: string;
}

/** The main job on a real cloud: an io instance and a plain one, each with a volume, through the same hook. */
export async function play(stage: Stage, narrator: Narrator): Promise<void> {
  const { parts, testbed } = stage;
  narrator.chapter('The stage: a real OpenStack, an I/O host, a hook in front of Cinder');
  narrator.remark('nova-compute is stock; only its [cinder] endpoint_template now points at the hook.');
  const io: Pair = { serverId: await parts.createServer('io.tiny'), volumeId: await parts.createVolume() };
  const plain: Pair = { serverId: await parts.createServer('m1.tiny'), volumeId: await parts.createVolume() };
  for (const { serverId } of [io, plain]) await testbed.waitForGuest(serverId);
  narrator.claim('two guests have booted, one of flavor io.tiny (io:enabled=1), one of m1.tiny', true);

  const disk = await attach(stage, narrator, io);
  await writeInGuest(stage, narrator, io, disk);
  await plainFlavor(stage, narrator, plain);
  await detach(stage, narrator, io, disk);
}

async function attach({ parts, cloud, testbed, iorcl }: Stage, narrator: Narrator, io: Pair): Promise<string> {
  narrator.chapter('openstack server add volume, to the io instance');
  await parts.attach(io.serverId, io.volumeId);
  const { attachments } = await cloud.blockStorage.volumes.get(io.volumeId);
  narrator.claim(
    'Cinder says in-use, and that the I/O host has it',
    attachments.map((one) => one.hostName),
    ['io-1'],
  );
  const list = await iorcl('attachment', 'list');
  narrator.quote(list.out);
  narrator.claim('iorcl lists it', list.out.includes(io.volumeId));
  const findDisk = `for d in /sys/block/vd*; do [ "$(cat $d/serial)" = ${io.volumeId.slice(0, 20)} ] && echo /dev/\${d##*/}; done; true`;
  const disk = (await testbed.inGuest(io.serverId, findDisk)).trim();
  narrator.claim(`the guest has a disk whose serial is the volume's id: ${disk}`, /^\/dev\/vd[a-z]$/.test(disk));
  return disk;
}

async function writeInGuest({ testbed, directory }: Stage, narrator: Narrator, io: Pair, disk: string): Promise<void> {
  narrator.chapter('Bytes');
  const script = `dd if=/dev/urandom of=/tmp/p bs=1M count=1 2>/dev/null
    dd if=/tmp/p of=${disk} bs=1M seek=7 conv=fsync 2>/dev/null
    md5sum </tmp/p`;
  const written = (await testbed.inGuest(io.serverId, script)).split(' ')[0] ?? '';
  const copy = join(directory, 'part-of-image');
  const image = `if=rbd:volumes/volume-${io.volumeId}`;
  const { status, error } = await runToEnd('qemu-img', [
    'dd',
    '-U',
    '-O',
    'raw',
    'bs=1M',
    'skip=7',
    'count=8',
    image,
    `of=${copy}`,
  ]);
  if (status !== 0) throw new Error(`the RBD image can't be read: ${error}`);
  const stored = createHash('md5')
    .update(await readAt(copy, MIB, 0))
    .digest('hex');
  narrator.claim(`1 MiB of random bytes written in the guest (md5 ${written}) is in the RBD image`, stored, written);
}

async function plainFlavor({ parts, cloud, iorcl }: Stage, narrator: Narrator, plain: Pair): Promise<void> {
  narrator.chapter('A plain flavor through the same hook');
  await parts.attach(plain.serverId, plain.volumeId);
  const { attachments } = await cloud.blockStorage.volumes.get(plain.volumeId);
  const { host } = await cloud.compute.servers.get(plain.serverId);
  narrator.claim(
    'Cinder says that the compute host itself has it',
    attachments.map((one) => one.hostName),
    [host],
  );
  narrator.claim('iorcl knows nothing of it', (await iorcl('attachment', 'list')).out.includes(plain.volumeId), false);
  await parts.detach(plain.serverId, plain.volumeId);
}

async function detach(stage: Stage, narrator: Narrator, io: Pair, disk: string): Promise<void> {
  const { parts, cloud, testbed, directory } = stage;
  narrator.chapter('openstack server remove volume, and what is left');
  await parts.detach(io.serverId, io.volumeId);
  narrator.claim('Cinder says available', (await cloud.blockStorage.volumes.get(io.volumeId)).status, 'available');
  const inGuest = (await testbed.inGuest(io.serverId, `test -e ${disk} && echo there || echo gone`)).trim();
  narrator.claim('the guest has lost the disk', inGuest, 'gone');
  narrator.claim('no data-plane or importer process', stage.dataPlane(), []);
  narrator.claim('no network namespace', entriesOf(join(directory, 'netns')), []);
  narrator.claim('no mount, no import', [...stage.mounts(), ...entriesOf(stage.importsDirectory)], []);
  const find = [`--db=${stage.ovsdb}`, '--bare', '--columns=name', 'find', 'port', 'external_ids:iorcl-site!=""'];
  narrator.claim('no Open vSwitch port of ours', (await runToEnd('ovs-vsctl', find)).out.trim(), '');
  const watchers = await runToEnd('rbd', ['--id', 'cinder', 'status', `volumes/volume-${io.volumeId}`]);
  narrator.claim('nobody has the RBD image open', watchers.out.trim(), 'Watchers: none');
}
