import { setTimeout as delay } from 'node:timers/promises';
import type { OpenStackClient } from '@iorcl/openstack-client';
import * as z from 'zod';
import type { Narrator } from '../demo/narrator.ts';
import { runToEnd } from '../demo/program.ts';
import type { CloudParts } from '../demo-openstack/cloud-parts.ts';
import type { Testbed } from '../demo-openstack/testbed.ts';

/** What the cases need: a cloud whose io instances go through an I/O host, and a way into guests. */
export interface ExtendStage {
  readonly cloud: OpenStackClient;
  readonly testbed: Pick<Testbed, 'inGuest' | 'waitForGuest'>;
  readonly parts: Pick<CloudParts, 'createServer' | 'createVolume' | 'attach' | 'detach'>;
}

/** An io instance with a volume of 1 GiB, whose first MiB has a pattern. */
export interface WrittenDisk {
  readonly serverId: string;
  readonly volumeId: string;
  /** Of the pattern. */
  readonly md5: string;
}

const GIB = 2 ** 30;
const PATIENCE_MS = 120_000;

/** Boots an io instance, attaches a volume, and writes to it. */
export async function writtenDisk({ parts, testbed }: ExtendStage): Promise<WrittenDisk> {
  const serverId = await parts.createServer('io.tiny');
  const volumeId = await parts.createVolume();
  await testbed.waitForGuest(serverId);
  await parts.attach(serverId, volumeId);
  const script = `dd if=/dev/urandom of=/tmp/p bs=1M count=1 2>/dev/null
    dd if=/tmp/p of=${diskOf(volumeId)} bs=1M conv=fsync 2>/dev/null
    md5sum </tmp/p`;
  const md5 = (await testbed.inGuest(serverId, script)).split(' ')[0] ?? '';
  return { serverId, volumeId, md5 };
}

/**
 * Where Nova can: the guest sees the new size without a detach, while it writes all the time and gets no error; its old
 * data is there, what it writes beyond the old end is in the storage, and both are after a hard reboot and a stop and
 * start.
 */
export async function growsInUse(stage: ExtendStage, narrator: Narrator, disk: WrittenDisk): Promise<void> {
  const { cloud, testbed } = stage;
  const { serverId, volumeId, md5 } = disk;
  await startWriting(stage, disk);
  for (const sizeGiB of [2, 3]) {
    const action = await extendActionOf(cloud, serverId, () => extend(stage, volumeId, sizeGiB));
    narrator.claim(`${sizeGiB} GiB: Nova's action extend_volume ended with`, action.result, 'Success');
    narrator.claim(`the guest sees ${sizeGiB} GiB, without a detach`, await sizeSeen(stage, disk), sizeGiB * GIB);
  }
  narrator.claim('the guest, which wrote all the time, got no error', await stopWriting(stage, disk), '');
  narrator.claim('its old data is there', await firstMiB(stage, disk), md5);
  await writesAtTheEnd(stage, narrator, disk, 3);

  await cloud.compute.servers.reboot(serverId, 'hard');
  await active(stage, serverId);
  narrator.claim('after a hard reboot it sees 3 GiB', await sizeSeen(stage, disk), 3 * GIB);
  await cloud.compute.servers.stop(serverId);
  await becomes(stage, serverId, 'SHUTOFF');
  await cloud.compute.servers.start(serverId);
  await active(stage, serverId);
  narrator.claim('after a stop and start it sees 3 GiB', await sizeSeen(stage, disk), 3 * GIB);
  narrator.claim('and its old data', await firstMiB(stage, disk), md5);
  await testbed.waitForGuest(serverId);
}

/**
 * Where Nova's driver can't: Nova says so, the guest goes on with its old size, and has the new one after a hard
 * reboot.
 */
export async function isRefused(stage: ExtendStage, narrator: Narrator, disk: WrittenDisk): Promise<void> {
  const { cloud } = stage;
  const { serverId, volumeId, md5 } = disk;
  const action = await extendActionOf(cloud, serverId, () => extend(stage, volumeId, 2));
  narrator.claim("Nova's action extend_volume ended with", action.result, 'Error');
  narrator.claim('and says why', action.why.includes('Volume size extension is not supported by the hypervisor'));
  narrator.claim('the guest still sees 1 GiB', await sizeSeen(stage, disk), GIB);
  narrator.claim('and its data', await firstMiB(stage, disk), md5);
  await cloud.compute.servers.reboot(serverId, 'hard');
  await active(stage, serverId);
  narrator.claim('after a hard reboot it sees 2 GiB', await sizeSeen(stage, disk), 2 * GIB);
  narrator.claim('and its data', await firstMiB(stage, disk), md5);
  await writesAtTheEnd(stage, narrator, disk, 2);
}

/** A guest's disk by the serial, whatever its name. */
function diskOf(volumeId: string): string {
  return `$(for d in /sys/block/vd*; do [ "$(cat $d/serial)" = ${volumeId.slice(0, 20)} ] && echo /dev/\${d##*/}; done)`;
}

async function startWriting({ testbed }: ExtendStage, { serverId, volumeId }: WrittenDisk): Promise<void> {
  const script = `disk=${diskOf(volumeId)}; rm -f /tmp/stop /tmp/errors; (
      while [ ! -e /tmp/stop ]; do
        dd if=/tmp/p of=$disk bs=64k count=16 seek=64 oflag=direct conv=notrunc 2>/tmp/dd || cat /tmp/dd >>/tmp/errors
      done; touch /tmp/stopped ) >/dev/null 2>&1 </dev/null & true`;
  await testbed.inGuest(serverId, script);
}

/** What it complained of. */
async function stopWriting({ testbed }: ExtendStage, { serverId }: WrittenDisk): Promise<string> {
  const script = `touch /tmp/stop; while [ ! -e /tmp/stopped ]; do sleep 1; done
    cat /tmp/errors 2>/dev/null; dmesg | grep -i 'i/o error' | head -5; true`;
  return (await testbed.inGuest(serverId, script)).trim();
}

async function sizeSeen({ testbed }: ExtendStage, { serverId, volumeId }: WrittenDisk): Promise<number> {
  const sectors = await testbed.inGuest(serverId, `d=${diskOf(volumeId)}; cat /sys/block/\${d##*/}/size`);
  return Number(sectors.trim()) * 512;
}

async function firstMiB({ testbed }: ExtendStage, { serverId, volumeId }: WrittenDisk): Promise<string> {
  const script = `echo 3 >/proc/sys/vm/drop_caches; dd if=${diskOf(volumeId)} bs=1M count=1 2>/dev/null | md5sum`;
  return (await testbed.inGuest(serverId, script)).split(' ')[0] ?? '';
}

async function writesAtTheEnd(
  { testbed }: ExtendStage,
  narrator: Narrator,
  { serverId, volumeId }: WrittenDisk,
  sizeGiB: number,
): Promise<void> {
  const last = sizeGiB * 1024 - 1;
  const script = `dd if=/dev/urandom of=/tmp/q bs=1M count=1 2>/dev/null
    dd if=/tmp/q of=${diskOf(volumeId)} bs=1M seek=${last} conv=notrunc,fsync 2>/dev/null; md5sum </tmp/q`;
  const written = (await testbed.inGuest(serverId, script)).split(' ')[0];
  const read = ['-c', `rbd --id cinder export --no-progress volumes/volume-${volumeId} - | tail -c 1048576 | md5sum`];
  const stored = (await runToEnd('sh', read, {}, { timeoutMs: PATIENCE_MS })).out.split(' ')[0];
  narrator.claim(`the last MiB of ${sizeGiB} GiB, as the guest wrote it, is in the RBD image`, stored, written);
}

async function extend({ cloud }: ExtendStage, volumeId: string, sizeGiB: number): Promise<void> {
  await cloud.blockStorage.volumes.extend(volumeId, sizeGiB);
  await waitFor(`volume ${volumeId} has ${sizeGiB} GiB and is in use`, async () => {
    const volume = await cloud.blockStorage.volumes.get(volumeId);
    return volume.sizeGiB === sizeGiB && volume.status === 'in-use';
  });
}

const actionsSchema = z.object({
  instanceActions: z.array(z.object({ action: z.string(), request_id: z.string() })),
});
const actionSchema = z.object({
  instanceAction: z.object({
    events: z.array(
      z.object({
        event: z.string(),
        result: z.string().nullable(),
        traceback: z.string().nullish(),
        details: z.string().nullish(),
      }),
    ),
  }),
});

/** What came of Nova's action `extend_volume` that `act` leads to: see Compute API, "Show server action details". */
export async function extendActionOf(
  cloud: OpenStackClient,
  serverId: string,
  act: () => Promise<void>,
): Promise<{ readonly result: string; readonly why: string }> {
  const before = await extendRequests(cloud, serverId);
  await act();
  let found = { result: '', why: '' };
  await waitFor(`Nova has ended extend_volume of server ${serverId}`, async () => {
    const fresh = (await extendRequests(cloud, serverId)).find((id) => !before.includes(id));
    if (fresh === undefined) return false;
    const path = ['servers', serverId, 'os-instance-actions', fresh];
    const one = actionSchema.parse(await cloud.compute.request({ method: 'GET', path, microversion: '2.84' }));
    const event = one.instanceAction.events.find((each) => each.event === 'compute_extend_volume');
    if (event?.result === undefined || event.result === null) return false;
    found = { result: event.result, why: `${event.details ?? ''} ${event.traceback ?? ''}` };
    return true;
  });
  return found;
}

async function extendRequests({ compute }: OpenStackClient, serverId: string): Promise<readonly string[]> {
  const path = ['servers', serverId, 'os-instance-actions'];
  const { instanceActions } = actionsSchema.parse(await compute.request({ method: 'GET', path }));
  return instanceActions.filter(({ action }) => action === 'extend_volume').map((each) => each.request_id);
}

async function active(stage: ExtendStage, serverId: string): Promise<void> {
  await becomes(stage, serverId, 'ACTIVE');
  await stage.testbed.waitForGuest(serverId);
}

async function becomes({ cloud }: ExtendStage, serverId: string, status: string): Promise<void> {
  await waitFor(`server ${serverId} is ${status}`, async () => {
    const server = await cloud.compute.servers.get(serverId);
    return server.status === status && server.taskState === undefined;
  });
}

async function waitFor(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await delay(500);
  }
}
