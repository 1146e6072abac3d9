import type { OpenStackClient } from '@iorcl/openstack-client';

/** Ids of what the testbed's cloud has, by name. */
export interface CloudNames {
  readonly flavors: { readonly io: string; readonly stock: string };
  readonly image: string;
  readonly networks: Readonly<Record<'net-a' | 'net-b' | 'net-c', string>>;
}

export async function readCloudNames(cloud: OpenStackClient): Promise<CloudNames> {
  const [flavors, images, networks] = await Promise.all([
    cloud.compute.flavors.list(),
    cloud.image.images.list(),
    cloud.network.networks.list(),
  ]);
  const network = (name: string): string => idOf('network', name, networks);
  return {
    flavors: { io: idOf('flavor', 'io.tiny', flavors), stock: idOf('flavor', 'm1.tiny', flavors) },
    image: idOf('image', 'tiny', images),
    networks: { 'net-a': network('net-a'), 'net-b': network('net-b'), 'net-c': network('net-c') },
  };
}

function idOf(
  kind: string,
  name: string,
  all: readonly { readonly id: string; readonly name: string | undefined }[],
): string {
  const found = all.find((one) => one.name === name);
  if (found === undefined) throw new Error(`the cloud has no ${kind} ${name}`);
  return found.id;
}
