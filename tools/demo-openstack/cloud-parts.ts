import type { OpenStackClient } from '@iorcl/openstack-client';

/** Servers and volumes of the demo, made and removed through the user's own API. */
export interface CloudParts {
  /** Boots a server on network net-a and answers its id when it is ACTIVE. */
  createServer(flavorName: string): Promise<string>;
  createVolume(): Promise<string>;
  attach(serverId: string, volumeId: string): Promise<void>;
  detach(serverId: string, volumeId: string): Promise<void>;
  deleteAll(): Promise<void>;
}

export function createCloudParts(cloud: OpenStackClient): CloudParts {
  const servers: string[] = [];
  const volumes: string[] = [];
  const volumeStatus = (id: string, wanted: string) =>
    waitFor(`volume ${id} is ${wanted}`, async () => (await cloud.blockStorage.volumes.get(id)).status, wanted);
  return {
    createServer: async (flavorName) => {
      const flavor = byName('flavor', flavorName, await cloud.compute.flavors.list());
      const image = byName('image', 'tiny', await cloud.image.images.list());
      const network = byName('network', 'net-a', await cloud.network.networks.list());
      const { id } = await cloud.compute.servers.create({
        name: `iorcl-demo-${flavorName}`,
        flavorId: flavor.id,
        imageId: image.id,
        networks: [{ networkId: network.id }],
      });
      servers.push(id);
      await waitFor(`server ${id} is ACTIVE`, async () => (await cloud.compute.servers.get(id)).status, 'ACTIVE');
      return id;
    },
    createVolume: async () => {
      const { id } = await cloud.blockStorage.volumes.create({ name: 'iorcl-demo', sizeGiB: 1, volumeType: 'rbd' });
      volumes.push(id);
      await volumeStatus(id, 'available');
      return id;
    },
    attach: async (serverId, volumeId) => {
      await cloud.compute.servers.attachVolume(serverId, volumeId);
      await volumeStatus(volumeId, 'in-use');
    },
    detach: async (serverId, volumeId) => {
      await cloud.compute.servers.detachVolume(serverId, volumeId);
      await volumeStatus(volumeId, 'available');
    },
    deleteAll: async () => {
      for (const id of servers) await cloud.compute.servers.delete(id);
      for (const id of servers) {
        const gone = () =>
          cloud.compute.servers.get(id).then(
            () => 'there',
            () => 'gone',
          );
        await waitFor(`server ${id} is gone`, gone, 'gone');
      }
      for (const id of volumes) await cloud.blockStorage.volumes.delete(id);
    },
  };
}

function byName<T extends { readonly name: string | undefined }>(kind: string, name: string, all: readonly T[]): T {
  const found = all.find((one) => one.name === name);
  if (found === undefined) throw new Error(`the cloud has no ${kind} ${name}`);
  return found;
}

async function waitFor(what: string, read: () => Promise<string>, wanted: string): Promise<void> {
  const deadline = Date.now() + 90_000;
  for (;;) {
    const value = await read();
    if (value === wanted) return;
    if (/^error/i.test(value) || Date.now() > deadline) throw new Error(`waited until ${what}; it is ${value}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
