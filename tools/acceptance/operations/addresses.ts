import { expect } from 'vitest';
import type { Family } from '../operation.ts';
import { md5InCeph } from '../scene/rbd-image.ts';
import type { Scene } from '../scene/scene.ts';

const EXPORT_PORT = { deviceOwner: 'iorcl:export' } as const;

/** Has iorcld started anew with further options; it is as it was when the scene ends. */
async function reconfigure(scene: Scene, options: Scene['stage']['iorcldOptions']): Promise<void> {
  const { stage } = scene;
  scene.onEnd(async () => {
    stage.iorcldOptions = {};
    await stage.iorcld.restart();
  });
  stage.iorcldOptions = options;
  await stage.iorcld.restart();
}

export const addresses: Family = {
  title: 'addresses of exports',
  operations: [
    {
      title:
        'H12: [network] address_mode = neutron-port: a port of Neutron holds the address, as long as anything is exported',
      paths: ['io'],
      run: async (scene) => {
        const { stage } = scene;
        const { ports } = stage.admin.network;
        const serverId = await scene.residents.bare();
        await reconfigure(scene, { network: { address_mode: 'neutron-port' } });
        const [first, second] = [await scene.volume(), await scene.volume()];
        const disk = await scene.attach(serverId, first);
        await scene.attach(serverId, second);

        const found = await ports.list(EXPORT_PORT);
        expect(found.map(({ networkId }) => networkId)).toEqual([stage.names.networks['net-a']]);
        const address = found[0]?.fixedIps[0]?.ipAddress;
        expect(address).toMatch(/^10\.120\.0\./);
        const exported = await stage.iorcldApi.listAttachments();
        expect(exported.map((one) => one.address)).toEqual([address, address]);
        const md5 = await disk.write();
        expect(await md5InCeph(`volume-${first}`)).toBe(md5);

        await scene.detach(serverId, first);
        expect(await ports.list(EXPORT_PORT)).toHaveLength(1);
        await scene.detach(serverId, second);
        expect(await ports.list(EXPORT_PORT)).toEqual([]);
      },
    },
  ],
};
