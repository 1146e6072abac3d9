import { expect } from 'vitest';
import type { Family } from '../operation.ts';
import { GuestDisk } from '../scene/guest-disk.ts';
import type { Scene } from '../scene/scene.ts';
import { HOOK_PORTS } from '../stage/configuration.ts';

const HOOK = `http://127.0.0.1:${HOOK_PORTS.testbed}/v3/%(project_id)s`;

/** What `iorcl doctor` says about this volume. */
async function found({ stage }: Scene, volumeId: string): Promise<readonly string[]> {
  const { findings } = await stage.iorcldApi.reconcile({ dryRun: true });
  return findings.filter((one) => one.volumeId === volumeId).map(({ kind }) => kind);
}

export const doctor: Family = {
  title: 'what the reconciler finds',
  operations: [
    {
      title: 'B1: a volume of an io server that its compute host attached without the hook',
      paths: ['io'],
      run: async (scene) => {
        const { stage } = scene;
        const serverId = await scene.residents.bare();
        const volumeId = await scene.volume();
        await stage.testbed('set-cinder-endpoint', '--compute', 'stock');
        try {
          await stage.member.compute.servers.attachVolume(serverId, volumeId);
          await scene.volumeStatus(volumeId, 'in-use');
        } finally {
          await stage.testbed('set-cinder-endpoint', '--compute', HOOK);
        }
        expect(await found(scene, volumeId)).toEqual(['host_without_hook']);
        await GuestDisk.find(stage.guests, serverId, volumeId);
        // What it says is to be done about it.
        await scene.detach(serverId, volumeId);
        const disk = await scene.attach(serverId, volumeId);
        await disk.write();
        expect(await found(scene, volumeId)).toEqual([]);
        await scene.detach(serverId, volumeId);
      },
    },
  ],
};
