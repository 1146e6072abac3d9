import { expect, it } from 'vitest';
import type { ServerFilter } from '../../src/index.ts';
import { contract } from './contract.ts';
import { expectFilters } from './filtering.ts';
import { idOf, newServer } from './parts.ts';

const MISSING = '7a70376f-7b3d-4c9a-a0bc-6ccad2a70835';

contract('compute', (cloud) => {
  it('a server that a user made is theirs, has its flavor in it, and a port on its network', async () => {
    const server = await newServer(cloud, cloud.names.ioFlavor);
    expect(server).toMatchObject({
      status: 'ACTIVE',
      taskState: undefined,
      faultMessage: undefined,
      host: undefined,
      flavor: { name: cloud.names.ioFlavor, vcpus: 1, ramMiB: 128, extraSpecs: { 'io:enabled': '1' } },
    });
    const asAdmin = await cloud.admin.compute.servers.get(server.id);
    expect(asAdmin.projectId).toBe(server.projectId);
    expect(asAdmin.host).toMatch(/./);

    const networkId = idOf(await cloud.member.network.networks.list(), cloud.names.network);
    const [port, ...others] = await cloud.admin.network.ports.list({ deviceId: server.id });
    expect(others).toEqual([]);
    expect(port).toMatchObject({ networkId, deviceId: server.id, hostId: asAdmin.host, status: 'ACTIVE' });
    expect(port?.fixedIps).toHaveLength(1);
    const [seenByMember] = await cloud.member.network.ports.list({ deviceId: server.id });
    expect(seenByMember).toMatchObject({ id: port?.id, hostId: undefined });

    const named = await cloud.member.compute.servers.list({ name: server.name });
    expect(named.map(({ id }) => id)).toEqual([server.id]);
    expect(await cloud.admin.compute.servers.list({ name: server.name })).toEqual([]);
    const { projectId, imageId } = server;
    const flavorId = idOf(await cloud.member.compute.flavors.list(), cloud.names.ioFlavor);
    const [past, future] = [new Date(Date.now() - 600_000), new Date(Date.now() + 600_000)];
    await expectFilters(
      { list: (filter: ServerFilter) => cloud.admin.compute.servers.list({ ...filter, allProjects: true }) },
      server.id,
      [
        ...[{ name: server.name }, { status: 'ACTIVE' }, { flavorId }, { imageId }, { host: asAdmin.host }],
        ...[{ projectId }, { changedSince: past }],
      ],
      [
        ...[{ name: 'another' }, { status: 'ERROR' }, { flavorId: MISSING }, { imageId: MISSING }, { host: 'nowhere' }],
        ...[{ projectId: MISSING }, { changedSince: future }],
      ],
    );
    const everywhere = await cloud.admin.compute.servers.list({ name: server.name, allProjects: true });
    expect(everywhere.map(({ id }) => id)).toEqual([server.id]);
  });

  it('a server that is not there is not found', async () => {
    await expect(cloud.member.compute.servers.get(MISSING)).rejects.toMatchObject({
      code: 'not_found',
      status: 404,
      service: 'compute',
      fault: `Instance ${MISSING} could not be found.`,
    });
    await expect(cloud.member.compute.servers.delete(MISSING)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('an admin makes a flavor, gives it extra specs, and everyone sees them', async () => {
    const name = cloud.uniqueName();
    const created = await cloud.admin.compute.flavors.create({ name, vcpus: 2, ramMiB: 64, diskGiB: 1 });
    cloud.cleanUp(() => cloud.admin.compute.flavors.delete(created.id));
    expect(created).toMatchObject({ name, vcpus: 2, ramMiB: 64, diskGiB: 1, extraSpecs: {} });
    await cloud.admin.compute.flavors.setExtraSpecs(created.id, { 'io:enabled': '1', 'hw:foo': 'bar' });
    await cloud.admin.compute.flavors.setExtraSpecs(created.id, { 'hw:foo': 'baz' });
    const seen = (await cloud.member.compute.flavors.list()).find(({ id }) => id === created.id);
    expect(seen?.extraSpecs).toEqual({ 'io:enabled': '1', 'hw:foo': 'baz' });
    await expect(cloud.admin.compute.flavors.create({ name, vcpus: 2, ramMiB: 64, diskGiB: 1 })).rejects.toMatchObject({
      code: 'conflict',
      status: 409,
      fault: `Flavor with name ${name} already exists.`,
    });
    await cloud.admin.compute.flavors.delete(created.id);
    await expect(cloud.admin.compute.flavors.delete(created.id)).rejects.toMatchObject({
      code: 'not_found',
      fault: `Flavor ${created.id} could not be found.`,
    });
  });

  it('a user may not make flavors', async () => {
    const flavor = { name: cloud.uniqueName(), vcpus: 1, ramMiB: 64, diskGiB: 1 };
    await expect(cloud.member.compute.flavors.create(flavor)).rejects.toMatchObject({
      code: 'forbidden',
      status: 403,
      fault: "Policy doesn't allow os_compute_api:os-flavor-manage:create to be performed.",
    });
  });
});
