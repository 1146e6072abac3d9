import { expect } from 'vitest';
import type { Family } from '../operation.ts';
import type { GuestDisk } from '../scene/guest-disk.ts';
import { md5InCeph } from '../scene/rbd-image.ts';
import type { Scene } from '../scene/scene.ts';
import type { Stage } from '../stage/stage.ts';

/** Below the range from which Neutron's DHCP gives. */
const ADDRESS = '10.120.0.40';

interface Tenant {
  readonly serverId: string;
  readonly volumeId: string;
  readonly disk: GuestDisk;
}

/** An instance on a network, with a volume of its own. */
async function tenant(scene: Scene, network: 'net-a' | 'net-b' | 'net-c', ipAddress: string): Promise<Tenant> {
  const { admin, names } = scene.stage;
  const volumeId = await scene.volume();
  // Who uses a shared network may not choose an address on it: that is its owner's.
  const { projectId } = await admin.blockStorage.volumes.get(volumeId);
  const networkId = names.networks[network];
  const port = await admin.network.ports.create({ networkId, projectId, fixedIps: [{ ipAddress }] });
  scene.onEnd(() => admin.network.ports.delete(port.id));
  const serverId = await scene.server({ portId: port.id });
  return { serverId, volumeId, disk: await scene.attach(serverId, volumeId) };
}

/** Where an instance's volume is exported on its network, and by which name. */
async function exportOf({ iorcldApi }: Stage, { volumeId }: Tenant): Promise<{ where: string; name: string }> {
  const [attachment] = await iorcldApi.listAttachments({ filter: { volumeId } });
  if (attachment?.address == null) throw new Error(`volume ${volumeId} is not exported`);
  return { where: `${attachment.address}%eth0 ${attachment.port}`, name: attachment.id };
}

/** What a guest says that tries to use an export as it is, without a key. */
async function tryExport(
  { guests }: Stage,
  { serverId }: Tenant,
  target: { where: string; name: string },
): Promise<string> {
  return guests.run(
    serverId,
    `modprobe nbd
    timeout 20 nbd-client ${target.where} /dev/nbd0 -N ${target.name} 2>&1 && echo "it is let in"
    echo "sectors: $(cat /sys/block/nbd0/size)"
    nbd-client -d /dev/nbd0 >/dev/null 2>&1; true`,
  );
}

export const isolation: Family = {
  title: 'isolation',
  operations: [
    {
      title: 'H14: equal addresses on VLANs 120 and 121, and VLAN 120 on another physical network: nothing crosses',
      paths: ['io'],
      run: async (scene) => {
        const { stage } = scene;
        const tenants = [
          await tenant(scene, 'net-a', ADDRESS),
          await tenant(scene, 'net-b', ADDRESS),
          await tenant(scene, 'net-c', '10.122.0.40'),
        ];
        const written: string[] = [];
        for (const { disk } of tenants) written.push(await disk.write());
        expect(new Set(written).size).toBe(tenants.length);
        for (const [index, { disk, volumeId }] of tenants.entries()) {
          expect(await disk.read()).toBe(written[index]);
          expect(await md5InCeph(`volume-${volumeId}`)).toBe(written[index]);
        }

        // Its own export, and that of the tenant with the same address, from inside a guest and without a key.
        const [own, neighbour] = tenants;
        if (own === undefined || neighbour === undefined) throw new Error('two tenants were made');
        const said = await tryExport(stage, own, await exportOf(stage, own));
        expect(said, 'of its own export').toMatch(/TLS/i);
        for (const heard of [said, await tryExport(stage, own, await exportOf(stage, neighbour))]) {
          expect(heard).not.toContain('let in');
          expect(heard).toContain('sectors: 0');
        }
        for (const [index, { disk }] of tenants.entries()) expect(await disk.read()).toBe(written[index]);
      },
    },
    {
      title: 'B1: a plain flavor through the same hook is none of ours: the compute host itself connects the volume',
      paths: ['stock'],
      run: async (scene) => {
        const { serverId, volumeId, md5 } = await scene.residents.loaded();
        const { host } = await scene.stage.admin.compute.servers.get(serverId);
        const { attachments } = await scene.stage.admin.blockStorage.volumes.get(volumeId);
        expect(attachments.map(({ hostName }) => hostName)).toEqual([host]);
        expect(await scene.stage.iorcldApi.listAttachments({ filter: { volumeId } })).toEqual([]);
        expect(await md5InCeph(`volume-${volumeId}`)).toBe(md5);
        const second = await scene.volume();
        await scene.attach(serverId, second);
        await scene.detach(serverId, second);
      },
    },
  ],
};
