import { NotFoundError, type OpenStackClient, type Server, type Volume } from '../../src/index.ts';
import type { ContractCloud } from './contract-cloud.ts';
import { eventually, eventuallyGone } from './waiting.ts';

/** An available volume of the member's, which is removed at the end. */
export async function newVolume(cloud: ContractCloud, sizeGiB = 1): Promise<Volume> {
  const { volumes } = cloud.member.blockStorage;
  const { id } = await volumes.create({ name: cloud.uniqueName(), sizeGiB });
  cloud.cleanUp(() => deleteVolume(cloud.member, id));
  await eventually(async () => (await volumes.get(id)).status, 'available');
  return volumes.get(id);
}

/** Nothing happens when it is gone already. */
export async function deleteVolume(client: OpenStackClient, id: string): Promise<void> {
  const status = (): Promise<string> =>
    client.blockStorage.volumes.get(id).then(
      (volume) => volume.status,
      (error: unknown) => (error instanceof NotFoundError ? 'gone' : String(error)),
    );
  await eventually(async () => /^(?:available|error|gone)$/.test(await status()), true);
  if ((await status()) === 'gone') return;
  await client.blockStorage.volumes.delete(id);
  await eventually(status, 'gone');
}

/** A running server of the member's, which is removed at the end. */
export async function newServer(cloud: ContractCloud, flavorName: string = cloud.names.flavor): Promise<Server> {
  const { compute } = cloud.member;
  const { id } = await compute.servers.create({
    name: cloud.uniqueName(),
    flavorId: idOf(await compute.flavors.list(), flavorName),
    imageId: idOf(await cloud.member.image.images.list({ name: cloud.names.image }), cloud.names.image),
    networks: [{ networkId: idOf(await cloud.member.network.networks.list(), cloud.names.network) }],
  });
  cloud.cleanUp(async () => {
    await compute.servers.delete(id);
    await eventuallyGone(() => compute.servers.get(id));
  });
  await eventually(async () => (await compute.servers.get(id)).status, 'ACTIVE');
  return compute.servers.get(id);
}

/** A running server of the member's that can move between compute hosts; it has no network. Removed at the end. */
export async function newMover(cloud: ContractCloud): Promise<Server> {
  const { compute, image } = cloud.member;
  const { id } = await compute.servers.create({
    name: cloud.uniqueName(),
    flavorId: idOf(await compute.flavors.list(), cloud.names.flavor),
    imageId: idOf(await image.images.list({ name: cloud.names.image }), cloud.names.image),
    networks: 'none',
    availabilityZone: cloud.names.zoneOfMovers,
  });
  cloud.cleanUp(async () => {
    await compute.servers.delete(id);
    await eventuallyGone(() => compute.servers.get(id));
  });
  return await compute.servers.waitFor(id, 'ACTIVE', { timeoutMs: 120_000 });
}

/** The hosts that movers can be on. */
export async function hostsOfMovers({ admin, names }: ContractCloud): Promise<string[]> {
  const services = await admin.compute.services.list({ binary: 'nova-compute' });
  return services.filter(({ zone, state }) => zone === names.zoneOfMovers && state === 'up').map(({ host }) => host);
}

/** The id of the one of this name. */
export function idOf(all: readonly { readonly id: string; readonly name: string | undefined }[], name: string): string {
  const found = all.find((one) => one.name === name);
  if (found === undefined) throw new Error(`the cloud has no ${name}; it has ${all.map((one) => one.name).join(', ')}`);
  return found.id;
}
