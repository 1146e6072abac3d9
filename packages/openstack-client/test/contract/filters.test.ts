import { expect, it } from 'vitest';
import type { RoleAssignmentFilter, VolumeFilter } from '../../src/index.ts';
import { contract } from './contract.ts';
import { expectFilters } from './filtering.ts';
import { idOf, newVolume } from './parts.ts';

const MISSING = '7a70376f-7b3d-4c9a-a0bc-6ccad2a70835';

contract('filters', (cloud) => {
  const { member, admin } = cloud;
  const own = async (): Promise<{ readonly projectId: string; readonly userId: string }> => {
    const { projectId = '', userId } = await member.identity.validateToken(await member.token());
    return { projectId, userId };
  };

  it('of volumes, their snapshots and attachments', async () => {
    const { projectId } = await own();
    const { blockStorage } = member;
    const volume = await newVolume(cloud);
    await blockStorage.volumes.update(volume.id, { metadata: { colour: 'blue' } });
    const { name } = volume;
    await expectFilters(
      { list: (filter: VolumeFilter) => blockStorage.volumes.list(filter) },
      volume.id,
      [{ name }, { name, status: 'available' }, { metadata: { colour: 'blue' } }],
      [{ name: 'another' }, { name, status: 'error' }, { metadata: { colour: 'red' } }],
    );
    await expectFilters(
      { list: (filter: VolumeFilter) => admin.blockStorage.volumes.list(filter) },
      volume.id,
      [
        { name, allProjects: true },
        { allProjects: true, projectId },
      ],
      [{ name }, { allProjects: true, projectId: MISSING }],
    );

    const snapshot = await blockStorage.snapshots.create({ volumeId: volume.id, name: cloud.uniqueName() });
    cloud.cleanUp(async () => {
      await blockStorage.snapshots.delete(snapshot.id);
      await blockStorage.snapshots.waitUntilDeleted(snapshot.id, { timeoutMs: 60_000 });
    });
    await blockStorage.snapshots.waitFor(snapshot, 'available', { timeoutMs: 60_000 });
    await expectFilters(
      blockStorage.snapshots,
      snapshot.id,
      [{ name: snapshot.name }, { volumeId: volume.id }, { volumeId: volume.id, status: 'available' }],
      [{ name: 'another' }, { volumeId: MISSING }, { volumeId: volume.id, status: 'error' }],
    );
    await expectFilters(
      admin.blockStorage.snapshots,
      snapshot.id,
      [{ name: snapshot.name, allProjects: true }],
      [{ name: snapshot.name }],
    );

    const attachment = await blockStorage.attachments.create({ volumeId: volume.id, connector: null });
    cloud.cleanUp(() => blockStorage.attachments.delete(attachment.id));
    await expectFilters(
      blockStorage.attachments,
      attachment.id,
      [{ volumeId: volume.id }, { volumeId: volume.id, status: 'reserved' }],
      [{ volumeId: MISSING }, { volumeId: volume.id, status: 'attached' }, { instanceId: MISSING }],
    );
  });

  it('of volume types and flavors that are not for all', async () => {
    const type = await admin.blockStorage.volumeTypes.create({ name: cloud.uniqueName(), isPublic: false });
    cloud.cleanUp(() => admin.blockStorage.volumeTypes.delete(type.id));
    await expectFilters(
      admin.blockStorage.volumeTypes,
      type.id,
      [{ isPublic: false }, { isPublic: 'none' }],
      [{ isPublic: true }],
    );
    const name = cloud.uniqueName();
    const flavor = await admin.compute.flavors.create({ name, vcpus: 1, ramMiB: 256, diskGiB: 2, isPublic: false });
    cloud.cleanUp(() => admin.compute.flavors.delete(flavor.id));
    await expectFilters(
      admin.compute.flavors,
      flavor.id,
      [
        { isPublic: false },
        { isPublic: 'none' },
        { isPublic: false, minRamMiB: 256 },
        { isPublic: false, minDiskGiB: 2 },
      ],
      [{ isPublic: true }, { isPublic: false, minRamMiB: 257 }, { isPublic: false, minDiskGiB: 3 }],
    );
    expect((await member.compute.flavors.list()).map(({ id }) => id)).not.toContain(flavor.id);
  });

  it('of networks and what is in them', async () => {
    const { network } = admin;
    const { projectId } = await own();
    const all = await network.networks.list({ name: cloud.names.network });
    const { id, networkType, physicalNetwork, segmentationId } = all[0] ?? { id: '' };
    await expectFilters(
      network.networks,
      id,
      [{ shared: true }, { external: false }, { networkType }, { physicalNetwork }, { segmentationId }],
      [{ shared: false }, { external: true }, { networkType: 'flat' }, { segmentationId: 4000 }, { projectId }],
    );
    const own1 = await member.network.networks.create({ name: cloud.uniqueName() });
    cloud.cleanUp(() => member.network.networks.delete(own1.id));
    const subnet = await member.network.subnets.create({
      networkId: own1.id,
      name: cloud.uniqueName(),
      cidr: '10.78.0.0/24',
    });
    await expectFilters(
      member.network.subnets,
      subnet.id,
      [{ networkId: own1.id }, { name: subnet.name }, { cidr: '10.78.0.0/24' }, { ipVersion: 4 }],
      [{ networkId: MISSING }, { name: 'another' }, { cidr: '10.79.0.0/24' }, { ipVersion: 6 }],
    );
    const deviceId = cloud.uniqueName();
    const port = await member.network.ports.create({ networkId: own1.id, name: deviceId, deviceId });
    cloud.cleanUp(() => member.network.ports.delete(port.id));
    await network.ports.update(port.id, { hostId: 'nowhere' });
    const { macAddress } = port;
    await expectFilters(
      network.ports,
      port.id,
      [
        ...[{ name: deviceId }, { deviceId }, { networkId: own1.id }, { macAddress }, { projectId }],
        ...[{ deviceId, status: 'DOWN' }, { hostId: 'nowhere' }],
      ],
      [
        ...[{ name: 'another' }, { deviceId: 'another' }, { networkId: MISSING }, { projectId: MISSING }],
        ...[{ macAddress: 'fa:16:3e:00:00:00' }, { deviceId, status: 'ACTIVE' }, { hostId: 'elsewhere' }],
        { deviceId, deviceOwner: 'compute:nova' },
      ],
    );
    const group = await member.network.securityGroups.create({ name: cloud.uniqueName() });
    cloud.cleanUp(() => member.network.securityGroups.delete(group.id));
    await expectFilters(
      network.securityGroups,
      group.id,
      [{ name: group.name }, { projectId }],
      [{ name: 'another' }, { projectId: MISSING }],
    );
    const rule = group.rules[0]?.id ?? '';
    await expectFilters(
      network.securityGroupRules,
      rule,
      [{ securityGroupId: group.id }, { securityGroupId: group.id, direction: 'egress' }],
      [{ securityGroupId: MISSING }, { securityGroupId: group.id, direction: 'ingress' }],
    );
    const [agent] = await network.agents.list();
    await expectFilters(
      network.agents,
      agent?.id ?? '',
      [{ host: agent?.host }, { type: agent?.type }, { binary: agent?.binary }, { alive: agent?.alive }],
      [{ host: 'nowhere' }, { type: 'another' }, { binary: 'another' }, { alive: agent?.alive !== true }],
    );
  });

  it('of what Keystone keeps', async () => {
    const { identity } = admin;
    const { projectId, userId } = await own();
    const name = cloud.credentials.member.projectName;
    await expectFilters(
      identity.projects,
      projectId,
      [{ name }, { domainId: 'default' }, { parentId: 'default' }, { enabled: true }],
      [{ name: 'another' }, { domainId: 'another' }, { parentId: MISSING }, { enabled: false }],
    );
    await expectFilters(
      identity.users,
      userId,
      [{ name: cloud.credentials.member.username }, { domainId: 'default' }, { enabled: true }],
      [{ name: 'another' }, { domainId: 'another' }, { enabled: false }],
    );
    const roles = await identity.roles.list();
    await expectFilters(
      identity.roles,
      idOf(roles, 'reader'),
      [{ name: 'reader' }],
      [{ name: 'member' }, { domainId: 'default' }],
    );
    const assigned = {
      list: async (filter: RoleAssignmentFilter) =>
        (await identity.roleAssignments.list(filter)).map((each) => ({ id: `${each.userId} ${each.roleName}` })),
    };
    const includeNames = true;
    await expectFilters(
      assigned,
      `${userId} member`,
      [{ userId }, { projectId }, { roleId: idOf(roles, 'member') }].map((filter) => ({ ...filter, includeNames })),
      [
        ...[{ userId: MISSING }, { projectId: MISSING }, { roleId: idOf(roles, 'reader') }, { domainId: 'default' }],
      ].map((filter) => ({ ...filter, includeNames })),
    );
    const services = await identity.services.list({ type: 'compute' });
    const nova = services[0] ?? { id: '', name: '' };
    await expectFilters(
      identity.services,
      nova.id,
      [{ type: 'compute' }, { name: nova.name ?? '' }],
      [{ type: 'network' }, { name: 'another' }],
    );
    const [endpoint] = await identity.endpoints.list({ serviceId: nova.id, interface: 'public' });
    await expectFilters(
      identity.endpoints,
      endpoint?.id ?? '',
      [{ serviceId: nova.id }, { interface: 'public' }, { region: endpoint?.region }],
      [{ serviceId: MISSING }, { interface: 'admin' }, { region: 'another' }],
    );
  });

  it('of images', async () => {
    const { projectId } = await own();
    const { images } = member.image;
    const name = cloud.uniqueName();
    const image = await images.create({ name, diskFormat: 'raw', tags: ['contract'] });
    cloud.cleanUp(() => images.delete(image.id));
    await expectFilters(
      images,
      image.id,
      [{ name }, { status: 'queued' }, { visibility: 'shared' }, { ownerId: projectId }, { tag: 'contract' }],
      [{ name: 'another' }, { status: 'active' }, { visibility: 'public' }, { ownerId: MISSING }, { tag: 'another' }],
    );
  });

  it('of services and hypervisors', async () => {
    const [volumeService] = await admin.blockStorage.services.list({ binary: 'cinder-volume' });
    const host = volumeService?.host ?? '';
    expect(await admin.blockStorage.services.list({ host, binary: 'cinder-volume' })).toMatchObject([{ host }]);
    expect(await admin.blockStorage.services.list({ host: 'nowhere' })).toEqual([]);
    const [computeService] = await admin.compute.services.list({ binary: 'nova-compute' });
    await expectFilters(
      admin.compute.services,
      computeService?.id ?? '',
      [{ binary: 'nova-compute' }, { host: computeService?.host }],
      [{ binary: 'nova-conductor' }, { host: 'nowhere' }],
    );
  });
});
