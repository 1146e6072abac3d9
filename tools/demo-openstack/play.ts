import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromEnvironment, OpenStackClient } from '@iorcl/openstack-client';
import {
  hookConfiguration,
  iorcldConfiguration,
  type Surroundings,
  writeConfiguration,
} from '../demo/configuration.ts';
import { entriesOf, mountsBelow, processesMentioning } from '../demo/leftovers.ts';
import type { Narrator } from '../demo/narrator.ts';
import { iorcl, type Program, runToEnd, startDaemon } from '../demo/program.ts';
import { createCloudParts } from './cloud-parts.ts';
import type { Testbed } from './testbed.ts';

const PATTERN_BYTES = 1024 * 1024;

/** The main job on a real cloud: an io instance and a plain one, each with a volume, through the same hook. */
export async function play(testbed: Testbed, narrator: Narrator): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'iorcl-demo-openstack-'));
  const importsDirectory = join(testbed.mountsDirectory, 'iorcl-demo');
  mkdirSync(importsDirectory, { recursive: true });
  const service = await testbed.credentials('service');
  const surroundings: Surroundings = {
    directory,
    serviceUser: {
      authUrl: service['OS_AUTH_URL'] ?? '',
      username: service['OS_USERNAME'] ?? '',
      password: service['OS_PASSWORD'] ?? '',
      projectName: service['OS_PROJECT_NAME'] ?? '',
    },
    cinderEndpoint: 'http://127.0.0.1:8776',
    networkTargets: 'physnet1:ovs:br-phys1@tcp:127.0.0.1:6640, physnet2:ovs:br-phys2@tcp:127.0.0.1:6640',
    computeHost: 'aio',
    importsDirectory,
    fileDirectories: directory,
    iorcldPort: 8790,
    hookPort: 8876,
  };
  const cloud = new OpenStackClient(fromEnvironment(await testbed.credentials('admin')));
  const parts = createCloudParts(cloud);
  const daemons: Program[] = [];
  try {
    narrator.chapter('The stage: a real OpenStack, an I/O host, a hook in front of Cinder');
    daemons.push(
      await startDaemon({
        main: 'apps/iorcld/src/main.ts',
        configurationFile: writeConfiguration(join(directory, 'iorcl.conf'), iorcldConfiguration(surroundings)),
        logFile: join(directory, 'iorcld.log'),
        healthUrl: 'http://127.0.0.1:8790/healthcheck',
      }),
    );
    daemons.push(
      await startDaemon({
        main: 'apps/compute-hook/src/main.ts',
        configurationFile: writeConfiguration(join(directory, 'compute-hook.conf'), hookConfiguration(surroundings)),
        logFile: join(directory, 'compute-hook.log'),
        healthUrl: 'http://127.0.0.1:8876/',
      }),
    );
    await testbed.setCinderEndpoint('http://127.0.0.1:8876/v3/%(project_id)s');
    narrator.remark('nova-compute is stock; only its [cinder] endpoint_template now points at the hook.');
    const [io, plain] = await Promise.all([parts.createServer('io.tiny'), parts.createServer('m1.tiny')]);
    await Promise.all([testbed.waitForGuest(io), testbed.waitForGuest(plain)]);
    const ioVolume = await parts.createVolume();
    const plainVolume = await parts.createVolume();
    narrator.claim('two guests have booted, one of flavor io.tiny (io:enabled=1), one of m1.tiny', true);

    narrator.chapter('openstack server add volume, to the io instance');
    await parts.attach(io, ioVolume);
    const attached = await cloud.blockStorage.volumes.get(ioVolume);
    narrator.claim(
      'Cinder says in-use, and that the I/O host has it',
      attached.attachments.map(({ hostName }) => hostName),
      ['io-1'],
    );
    const list = await iorcl(['attachment', 'list'], service);
    narrator.quote(list.out);
    narrator.claim('iorcl lists it', list.out.includes(ioVolume));
    const serial = ioVolume.slice(0, 20);
    const disk = (
      await testbed.inGuest(
        io,
        `for d in /sys/block/vd*; do [ "$(cat $d/serial)" = ${serial} ] && echo /dev/\${d##*/}; done; true`,
      )
    ).trim();
    narrator.claim(`the guest has a disk whose serial is the volume's id: ${disk}`, /^\/dev\/vd[a-z]$/.test(disk));

    narrator.chapter('Bytes');
    const digest =
      (
        await testbed.inGuest(
          io,
          `dd if=/dev/urandom of=/tmp/p bs=1M count=1 2>/dev/null; dd if=/tmp/p of=${disk} bs=1M seek=7 conv=fsync 2>/dev/null; md5sum </tmp/p`,
        )
      ).split(' ')[0] ?? '';
    const image = await runToEnd(
      'qemu-img',
      [
        'dd',
        '-f',
        'raw',
        '-O',
        'raw',
        'bs=1M',
        'skip=7',
        'count=8',
        `if=rbd:volumes/volume-${ioVolume}`,
        `of=${directory}/image-part`,
      ],
      {},
      { timeoutMs: 60_000 },
    );
    if (image.status !== 0) throw new Error(`the RBD image can't be read: ${image.error}`);
    const { readFileSync } = await import('node:fs');
    const stored = createHash('md5')
      .update(readFileSync(`${directory}/image-part`).subarray(0, PATTERN_BYTES))
      .digest('hex');
    narrator.claim(`1 MiB of random bytes written in the guest (md5 ${digest}) is in the RBD image`, stored, digest);

    narrator.chapter('A plain flavor through the same hook');
    await parts.attach(plain, plainVolume);
    const plainAttached = await cloud.blockStorage.volumes.get(plainVolume);
    narrator.claim(
      'Cinder says that the compute host itself has it',
      plainAttached.attachments.map(({ hostName }) => hostName),
      ['aio'],
    );
    narrator.claim(
      'iorcl knows nothing of it',
      (await iorcl(['attachment', 'list'], service)).out.includes(plainVolume),
      false,
    );
    await parts.detach(plain, plainVolume);

    narrator.chapter('openstack server remove volume, and what is left');
    await parts.detach(io, ioVolume);
    narrator.claim('Cinder says available', (await cloud.blockStorage.volumes.get(ioVolume)).status, 'available');
    narrator.claim(
      'the guest has lost the disk',
      (await testbed.inGuest(io, `test -e ${disk} && echo there || echo gone`)).trim(),
      'gone',
    );
    narrator.claim(
      'no data-plane or importer process',
      processesMentioning(`${directory}/`).filter((line) => line.includes('qemu-storage-daemon')),
      [],
    );
    narrator.claim('no network namespace', entriesOf(join(directory, 'netns')), []);
    narrator.claim('no mount', mountsBelow(importsDirectory), []);
    narrator.claim('no import directory', entriesOf(importsDirectory), []);
    const ports = await runToEnd('ovs-vsctl', [
      '--db=tcp:127.0.0.1:6640',
      '--bare',
      '--columns=name',
      'find',
      'port',
      'external_ids:iorcl-site!=""',
    ]);
    narrator.claim('no Open vSwitch port of ours', ports.out.trim(), '');
    const watchers = await runToEnd('rbd', ['status', `volumes/volume-${ioVolume}`], { CEPH_ARGS: '--id cinder' });
    narrator.claim('nobody has the RBD image open', watchers.out.includes('Watchers: none'));
  } finally {
    await testbed.setCinderEndpoint('stock');
    await parts.deleteAll();
    for (const daemon of daemons.reverse()) await daemon.end('SIGTERM');
    cloud.close();
    rmSync(importsDirectory, { recursive: true, force: true });
    if (process.env['IORCL_DEMO_KEEP'] === undefined) rmSync(directory, { recursive: true, force: true });
  }
}
