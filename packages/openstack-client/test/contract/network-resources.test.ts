import { expect, it } from 'vitest';
import type { Network } from '../../src/index.ts';
import { contract } from './contract.ts';

contract('network resources', (cloud) => {
  const { network } = cloud.member;

  async function newNetwork(): Promise<Network> {
    const made = await network.networks.create({ name: cloud.uniqueName() });
    cloud.cleanUp(() => network.networks.delete(made.id));
    return made;
  }

  it("a user's network is theirs; what it is made of only admins may choose", async () => {
    const made = await newNetwork();
    expect(made).toMatchObject({ shared: false, external: false, adminStateUp: true, subnetIds: [] });
    const name = cloud.uniqueName();
    expect(await network.networks.update(made.id, { name })).toMatchObject({ id: made.id, name });
    expect((await network.networks.list({ name })).map(({ id }) => id)).toEqual([made.id]);
    await expect(network.networks.create({ name, networkType: 'vlan' })).rejects.toMatchObject({
      code: 'forbidden',
      fault: '(rule:create_network and rule:create_network:provider:network_type) is disallowed by policy',
    });
    const shared = await network.networks.list({ name: cloud.names.network });
    await expect(network.networks.delete(shared[0]?.id ?? '')).rejects.toMatchObject({
      code: 'forbidden',
      fault: 'rule:delete_network is disallowed by policy',
    });
  });

  it('a subnet gives its ports addresses, and keeps them from being given twice', async () => {
    const { id: networkId } = await newNetwork();
    const cidr = '10.77.0.0/24';
    const subnet = await network.subnets.create({ networkId, cidr });
    expect(subnet).toMatchObject({
      ...{ networkId, cidr, ipVersion: 4, gatewayIp: '10.77.0.1', dhcpEnabled: true, dnsNameservers: [] },
      allocationPools: [{ start: '10.77.0.2', end: '10.77.0.254' }],
    });
    await expect(network.subnets.create({ networkId, cidr })).rejects.toMatchObject({
      code: 'bad_request',
      fault: expect.stringContaining(`cidr: ${cidr} for network: ${networkId} overlaps with another subnet.`),
    });
    const changed = await network.subnets.update(subnet.id, { dnsNameservers: ['10.77.0.9'] });
    expect(changed.dnsNameservers).toEqual(['10.77.0.9']);

    const port = await network.ports.create({ networkId, name: cloud.uniqueName() });
    cloud.cleanUp(() => network.ports.delete(port.id));
    expect(port).toMatchObject({ networkId, status: 'DOWN', deviceId: undefined, hostId: undefined });
    const ipAddress = port.fixedIps[0]?.ipAddress ?? '';
    expect(ipAddress).toMatch(/^10\.77\.0\.\d+$/);
    const again = { networkId, fixedIps: [{ subnetId: subnet.id, ipAddress }] };
    await expect(network.ports.create(again)).rejects.toMatchObject({
      code: 'conflict',
      fault: `IP address ${ipAddress} already allocated in subnet ${subnet.id}`,
    });
    const elsewhere = { networkId, fixedIps: [{ subnetId: subnet.id, ipAddress: '10.99.0.1' }] };
    await expect(network.ports.create(elsewhere)).rejects.toMatchObject({
      code: 'bad_request',
      fault: 'IP address 10.99.0.1 is not a valid IP for the specified subnet.',
    });

    await expect(network.networks.delete(networkId)).rejects.toMatchObject({
      code: 'conflict',
      fault: expect.stringContaining(`There are one or more ports still in use on the network`),
    });
    await expect(network.subnets.delete(subnet.id)).rejects.toMatchObject({
      code: 'conflict',
      fault: `Unable to complete operation on subnet ${subnet.id}: One or more ports have an IP allocation from this subnet.`,
    });
    await network.ports.delete(port.id);
    await network.subnets.delete(subnet.id);
    await expect(network.subnets.get(subnet.id)).rejects.toMatchObject({
      code: 'not_found',
      fault: `Subnet ${subnet.id} could not be found.`,
    });
  });

  it('only admins bind a port to a host; where no agent is the binding fails', async () => {
    const { id: networkId } = await newNetwork();
    const port = await network.ports.create({ networkId });
    cloud.cleanUp(() => network.ports.delete(port.id));
    await expect(network.ports.update(port.id, { hostId: 'nowhere' })).rejects.toMatchObject({
      code: 'forbidden',
      fault: '(rule:update_port and rule:update_port:binding:host_id) is disallowed by policy',
    });
    const bound = await cloud.admin.network.ports.update(port.id, { hostId: 'nowhere' });
    expect(bound).toMatchObject({ hostId: 'nowhere', vifType: 'binding_failed', status: 'DOWN' });
    const renamed = await network.ports.update(port.id, { name: 'renamed', deviceId: 'a-device' });
    expect(renamed).toMatchObject({ name: 'renamed', deviceId: 'a-device', hostId: undefined });
  });

  it('a security group lets everything out, and in what its rules say', async () => {
    const name = cloud.uniqueName();
    const group = await network.securityGroups.create({ name, description: 'of a test' });
    cloud.cleanUp(() => network.securityGroups.delete(group.id));
    expect(group).toMatchObject({ name, description: 'of a test' });
    expect(group.rules.map(({ direction, etherType }) => `${direction} ${etherType}`).sort()).toEqual([
      'egress IPv4',
      'egress IPv6',
    ]);
    const ssh = {
      securityGroupId: group.id,
      direction: 'ingress',
      etherType: 'IPv4',
      protocol: 'tcp',
      portRangeMin: 22,
      portRangeMax: 22,
    } as const;
    const rule = await network.securityGroupRules.create(ssh);
    expect(rule).toMatchObject(ssh);
    await expect(network.securityGroupRules.create(ssh)).rejects.toMatchObject({
      code: 'conflict',
      fault: `Security group rule already exists. Rule id is ${rule.id}.`,
    });
    expect((await network.securityGroups.get(group.id)).rules).toHaveLength(3);
    await network.securityGroupRules.delete(rule.id);
    await network.securityGroups.delete(group.id);
    await expect(network.securityGroups.get(group.id)).rejects.toMatchObject({
      code: 'not_found',
      fault: `Security group ${group.id} does not exist`,
    });
  });

  it('admins see the agents, users see none', async () => {
    const agents = await cloud.admin.network.agents.list({ binary: 'neutron-openvswitch-agent' });
    expect(agents[0]).toMatchObject({ type: 'Open vSwitch agent', alive: true, adminStateUp: true });
    expect(agents[0]?.configurations).toHaveProperty('bridge_mappings');
    expect(await network.agents.list()).toEqual([]);
  });
});
