import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Family, Operation } from '../operation.ts';
import { killHookDuring } from '../scene/killed-hook.ts';
import { until } from '../scene/poll.ts';
import { md5InCeph } from '../scene/rbd-image.ts';
import type { Scene } from '../scene/scene.ts';
import { SteadyWriter } from '../scene/steady-writer.ts';
import { dataPlaneOf, importDaemonOf, importDaemonsOf, testbedDaemon } from '../stage/processes.ts';

/** How long the cloud's own services are away. */
const OUTAGE_MS = 20_000;

/** Something breaks while a guest writes. The guest waits at most; it never sees an error, and no byte is lost. */
function whileWriting(
  title: string,
  fault: (scene: Scene, serverId: string) => Promise<void>,
  paths: Operation['paths'] = ['io'],
): Operation {
  return {
    title,
    paths,
    run: async (scene) => {
      const loaded = await scene.residents.loaded();
      const disk = await scene.residents.disk(loaded);
      const writer = await SteadyWriter.start(disk);
      scene.onEnd(() => writer.abandon());
      await fault(scene, loaded.serverId);
      await writer.goesOn();
      const { longestSeconds } = await writer.end();
      scene.steps.push({ step: 'longest pause of the guest', seconds: longestSeconds, ioHostSeconds: 0 });
      expect(await disk.read()).toBe(loaded.md5);
      expect(await md5InCeph(`volume-${loaded.volumeId}`)).toBe(loaded.md5);
    },
  };
}

/** What a user asks for while Cinder is away is refused, and has changed nothing. */
async function cinderAway(scene: Scene, serverId: string): Promise<void> {
  const { stage } = scene;
  const { servers } = stage.member.compute;
  const [attached] = await servers.listVolumes(serverId);
  const volumeId = await scene.volume();
  await stage.testbed('down', 'cinder-api');
  const since = performance.now();
  try {
    await expect(servers.attachVolume(serverId, volumeId)).rejects.toThrow();
    await expect(servers.detachVolume(serverId, attached?.volumeId ?? '')).rejects.toThrow();
    await delay(OUTAGE_MS - (performance.now() - since));
  } finally {
    await stage.testbed('restart', 'cinder-api');
  }
  await scene.volumeStatus(volumeId, 'available');
  await attachAndDetach(scene, serverId, volumeId);
}

async function cephStopped(): Promise<void> {
  const osd = testbedDaemon('ceph-osd');
  process.kill(osd, 'SIGSTOP');
  try {
    await delay(OUTAGE_MS);
  } finally {
    process.kill(osd, 'SIGCONT');
  }
}

/** What a killed hook, or process, leaves is none of the user's concern: the volume works afterwards. */
async function attachAndDetach(scene: Scene, serverId: string, volumeId: string): Promise<void> {
  const disk = await scene.attach(serverId, volumeId);
  const md5 = await disk.write();
  expect(await disk.read()).toBe(md5);
  await scene.detach(serverId, volumeId);
  expect(await md5InCeph(`volume-${volumeId}`)).toBe(md5);
}

export const faults: Family = {
  title: 'faults during I/O',
  operations: [
    whileWriting('nova-compute is restarted', ({ stage }) => stage.testbed('restart', 'nova-compute'), ['io', 'stock']),
    whileWriting('the hook is restarted', ({ stage }) => stage.hooks.testbed.restart('SIGTERM')),
    whileWriting('the hook is killed and started again', ({ stage }) => stage.hooks.testbed.restart('SIGKILL')),
    whileWriting('iorcld is restarted', ({ stage }) => stage.iorcld.restart('SIGTERM')),
    whileWriting('iorcld is killed and started again', ({ stage }) => stage.iorcld.restart('SIGKILL')),
    whileWriting("the instance's storage daemon on the I/O host is killed", async ({ stage }, serverId) => {
      process.kill(dataPlaneOf(stage, serverId), 'SIGKILL');
    }),
    whileWriting(`Cinder's API is down for ${OUTAGE_MS / 1000} s`, cinderAway),
    whileWriting(`Ceph is stopped for ${OUTAGE_MS / 1000} s`, cephStopped, ['io', 'stock']),
    {
      title:
        'H10: the hook is killed between the answer of the I/O host and its own; Nova asks again, and has the volume',
      paths: ['io'],
      run: async (scene) => {
        const serverId = await scene.residents.bare();
        const volumeId = await scene.volume();
        const { servers } = scene.stage.member.compute;
        await killHookDuring(scene.stage, () => servers.attachVolume(serverId, volumeId).then(() => {}));
        await scene.volumeStatus(volumeId, 'in-use');
        const disk = await scene.disk(serverId, volumeId);
        expect(await disk.read()).toBe(await md5InCeph(`volume-${volumeId}`));
        await scene.detach(serverId, volumeId);
        await attachAndDetach(scene, serverId, volumeId);
      },
    },
    {
      title: 'H10: the same, and Nova gives up: nothing is left, and the volume can be attached again',
      paths: ['io'],
      run: async (scene) => {
        const serverId = await scene.residents.bare();
        const volumeId = await scene.volume();
        const { servers } = scene.stage.member.compute;
        await killHookDuring(scene.stage, () => servers.attachVolume(serverId, volumeId).then(() => {}), 'PUT');
        await scene.volumeStatus(volumeId, 'available');
        expect(await servers.listVolumes(serverId)).toEqual([]);
        expect(await scene.stage.iorcldApi.listAttachments({ filter: { volumeId } })).toEqual([]);
        await attachAndDetach(scene, serverId, volumeId);
      },
    },
    {
      // The kernel has no way to give a FUSE mount to another process: whoever has a file of it open gets errors.
      title: "the import's daemon on the compute host is killed: after a hard reboot the guest has its volume again",
      paths: ['io'],
      run: async (scene) => {
        const { stage } = scene;
        const loaded = await scene.residents.loaded();
        const [attachment] = await stage.iorcldApi.listAttachments({ filter: { volumeId: loaded.volumeId } });
        if (attachment === undefined) throw new Error(`iorcld does not know volume ${loaded.volumeId}`);
        const killed = importDaemonOf(stage, attachment.id);
        process.kill(killed, 'SIGKILL');
        await until(
          'the hook has made the import anew',
          async () => importDaemonsOf(stage, attachment.id),
          (pids) => pids.length === 1 && pids[0] !== killed,
        );
        const reboot = (): Promise<void> => stage.member.compute.servers.reboot(loaded.serverId, 'hard');
        await scene.rebooted(loaded.serverId, reboot, 'hard reboot');
        const disk = await scene.residents.disk(loaded);
        expect(await disk.read()).toBe(loaded.md5);
        expect(await md5InCeph(`volume-${loaded.volumeId}`)).toBe(loaded.md5);
        await disk.write(11);
        expect(await disk.read()).toBe(loaded.md5);
      },
    },
  ],
};
