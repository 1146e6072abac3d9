import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { OpenStackClient, type OpenStackError, passwordAuth } from '../src/index.ts';
import { SimulatedCompute } from '../src/testing/index.ts';
import { isRecord } from '../src/wire/record.ts';
import { clientOf, temporaryCloud } from './temporary-cloud.ts';

interface Recorded {
  readonly ids: Readonly<Record<'server' | 'volume' | 'attachment' | 'secondAttachment', string>>;
  readonly answers: Readonly<Record<string, unknown>>;
  readonly faults: Readonly<Record<string, { readonly status: number; readonly fault: string }>>;
}

const recorded: Recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures', 'answers', 'zed.json'), 'utf8'),
);

it('the fake cloud answers with the fields and faults that a real cloud was recorded answering', async () => {
  const cloud = await temporaryCloud({ defaultVolumeType: 'rbd', volumeCreationPolls: 1 });
  cloud.addFlavor({ name: 'm1.tiny' });
  cloud.addNetwork({ name: 'net-a', physicalNetwork: 'physnet1', segmentationId: 120, cidr: '10.120.0.0/24' });
  const compute = new SimulatedCompute({ cloud, host: 'aio' });
  const server = cloud.addServer({ name: 'vm', flavor: 'm1.tiny', networks: ['net-a'], host: 'aio' });
  const user = clientOf(cloud.credentials.demo());
  const admin = clientOf(cloud.credentials.service);
  const answers: Record<string, unknown> = {};
  const faults: Record<string, unknown> = {};
  const refused = async (name: string, work: Promise<unknown>): Promise<void> => {
    faults[name] = await work.then(
      () => 'not refused',
      ({ status, fault }: OpenStackError) => ({ status, fault }),
    );
  };

  answers['flavor'] = (await user.compute.flavors.list())[0]?.raw;
  answers['networkAsUser'] = (await user.network.networks.list({ name: 'net-a' }))[0]?.raw;
  answers['serverAsUser'] = (await user.compute.servers.get(server.id)).raw;
  answers['serverAsAdmin'] = (await admin.compute.servers.get(server.id)).raw;
  answers['portAsUser'] = (await user.network.ports.list({ deviceId: server.id }))[0]?.raw;
  const [port] = await admin.network.ports.list({ deviceId: server.id });
  answers['portAsAdmin'] = port?.raw;
  answers['networkAsAdmin'] = (await admin.network.networks.get(port?.networkId ?? '')).raw;

  const volume = await user.blockStorage.volumes.create({ sizeGiB: 1, name: 'vm' });
  answers['volumeCreatedAsUser'] = volume.raw;
  const available = async (): Promise<void> =>
    expect.poll(async () => (await user.blockStorage.volumes.get(volume.id)).status).toBe('available');
  await available();
  answers['serverVolumeCreated'] = (await user.compute.servers.attachVolume(server.id, volume.id)).raw;
  await expect.poll(async () => (await user.blockStorage.volumes.get(volume.id)).status).toBe('in-use');
  answers['serverVolume'] = (await user.compute.servers.listVolumes(server.id))[0]?.raw;
  answers['volumeInUseAsUser'] = (await user.blockStorage.volumes.get(volume.id)).raw;
  answers['volumeInUseAsAdmin'] = (await admin.blockStorage.volumes.get(volume.id)).raw;
  const [attachment] = await admin.blockStorage.attachments.list({ volumeId: volume.id, allProjects: true });
  const attachmentId = attachment?.id ?? '';
  answers['attachmentAsUser'] = (await user.blockStorage.attachments.get(attachmentId)).raw;

  await refused('deleteAttachmentThatNovaUses', admin.blockStorage.attachments.delete(attachmentId));
  await refused('deleteVolumeInUse', user.blockStorage.volumes.delete(volume.id));
  await refused('reserveVolumeInUse', user.blockStorage.attachments.create({ volumeId: volume.id, connector: null }));
  await user.compute.servers.detachVolume(server.id, volume.id);
  await available();
  await refused('detachTwice', user.compute.servers.detachVolume(server.id, volume.id));
  const missing = '7a70376f-7b3d-4c9a-a0bc-6ccad2a70835';
  await refused('attachMissingVolume', user.compute.servers.attachVolume(server.id, missing));

  const reserve = { volumeId: volume.id, instanceId: server.id, connector: null };
  const reserved = await user.blockStorage.attachments.create(reserve);
  answers['attachmentReserved'] = reserved.raw;
  await user.blockStorage.attachments.delete(reserved.id);
  await refused('deleteAttachmentTwice', user.blockStorage.attachments.delete(reserved.id));
  await refused('validateTokenAsUser', user.identity.validateToken(await admin.token()));
  await refused('validateNoToken', admin.identity.validateToken('bad-token-value'));
  const stranger = new OpenStackClient({ auth: passwordAuth({ ...cloud.credentials.admin, password: 'wrong one' }) });
  await refused('wrongPassword', stranger.token());

  const sameIds = JSON.stringify(faults)
    .replaceAll(server.id, recorded.ids.server)
    .replaceAll(volume.id, recorded.ids.volume)
    .replaceAll(attachmentId, recorded.ids.attachment)
    .replaceAll(reserved.id, recorded.ids.secondAttachment);
  expect(JSON.parse(sameIds)).toEqual(recorded.faults);
  for (const [name, answer] of Object.entries(recorded.answers)) {
    expect(shape(answers[name], ''), name).toEqual(shape(answer, ''));
  }
  expect(compute.failures).toEqual([]);
});

/** Objects whose keys are a matter of deployment: names of networks, details of the virtual interface, and the like. */
const OPEN_OBJECTS = new Set(['addresses', 'extra_specs', 'metadata', 'binding:profile', 'binding:vif_details']);
/** Lists that may be empty in one cloud and not in the other. */
const OPEN_LISTS = new Set(['security_groups', 'tags', 'availability_zones', 'os-extended-volumes:volumes_attached']);

/** Empty for an image without a kernel of its own. */
const OPEN_TEXTS = new Set(['OS-EXT-SRV-ATTR:kernel_id', 'OS-EXT-SRV-ATTR:ramdisk_id']);

/** Keys and types; null and '' count as types of their own. */
function shape(value: unknown, key: string): unknown {
  if (OPEN_TEXTS.has(key)) return `(${typeof value})`;
  if (value === null || value === '') return value;
  if (Array.isArray(value)) return OPEN_LISTS.has(key) ? '(list)' : value.map((item: unknown) => shape(item, key));
  if (!isRecord(value)) return `(${typeof value})`;
  if (OPEN_OBJECTS.has(key)) return '(object)';
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shape(item, name)]));
}
