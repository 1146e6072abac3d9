import { expect, it } from 'vitest';
import { contract } from './contract.ts';
import { idOf } from './parts.ts';

const MISSING = '7a70376f-7b3d-4c9a-a0bc-6ccad2a70835';

contract('network', (cloud) => {
  it('an admin sees what a network is made of, a user does not', async () => {
    const id = idOf(await cloud.member.network.networks.list({ name: cloud.names.network }), cloud.names.network);
    const asAdmin = await cloud.admin.network.networks.get(id);
    expect(asAdmin).toMatchObject({
      name: cloud.names.network,
      networkType: 'vlan',
      physicalNetwork: expect.any(String),
      segmentationId: expect.any(Number),
      mtu: 1500,
    });
    expect(asAdmin.subnetIds).toHaveLength(1);
    expect(await cloud.member.network.networks.get(id)).toMatchObject({
      name: cloud.names.network,
      networkType: undefined,
      physicalNetwork: undefined,
      segmentationId: undefined,
    });
  });

  it('what is not there is not found', async () => {
    await expect(cloud.admin.network.networks.get(MISSING)).rejects.toMatchObject({
      code: 'not_found',
      status: 404,
      fault: `Network ${MISSING} could not be found.`,
    });
    await expect(cloud.admin.network.ports.get(MISSING)).rejects.toMatchObject({
      code: 'not_found',
      fault: `Port ${MISSING} could not be found.`,
    });
    expect(await cloud.admin.network.ports.list({ deviceId: MISSING })).toEqual([]);
    expect(await cloud.member.network.networks.list({ name: cloud.uniqueName() })).toEqual([]);
  });
});
