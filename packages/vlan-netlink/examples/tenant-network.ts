// Joins this host to a tenant network, looks whether all is well, repairs it, and leaves it again.
import {
  closeDescriptor,
  createBridge,
  createTenantNetworkPlugs,
  deleteAddress,
  findLink,
  NetlinkSocket,
  parsePlugTargets,
  TenantNetworkError,
} from '@iorcl/vlan-netlink';

const network = {
  networkId: '5b1c8a90-7c1e-4a7e-9f0e-3a2d1c0b9a88',
  type: 'vlan',
  physicalNetwork: 'physnet1',
  segmentationId: 100,
};
using socket = NetlinkSocket.open();
await createBridge(socket, { name: 'brq5b1c8a90-7c', up: true }); // Neutron's agent does, on a real host

const targets = parsePlugTargets('physnet1:bridge'); // as a configuration file has it
const plugs = createTenantNetworkPlugs({ site: 'rack7', host: 'io-1', targets, inbound: 'accepted' });
const { namespace, interfaceName, linkLocal } = await plugs.plug({
  network,
  owner: 'attachment-1',
  addresses: ['10.0.0.5/24'],
});
console.log(namespace, interfaceName, linkLocal);
closeDescriptor(plugs.listen(network, linkLocal, 10809));
console.log(await plugs.verify(network)); // nothing differs

// Somebody takes an address away.
using inside = plugs.runInside(network, () => NetlinkSocket.open());
const index = (await findLink(inside, interfaceName))?.index ?? 0;
await deleteAddress(inside, { index, address: '10.0.0.5', prefixLength: 24 });
console.log(await plugs.verify(network));
console.log(await plugs.repair(network), await plugs.verify(network));

for (const { owners } of await plugs.list()) console.log(owners);
console.log(await plugs.sweep({ dryRun: true })); // what has our mark and no owner
console.log(await plugs.unplug({ network, owner: 'attachment-1' }));
try {
  await plugs.plug({ network: { ...network, type: 'vxlan', physicalNetwork: undefined }, owner: 'attachment-1' });
} catch (error) {
  if (error instanceof TenantNetworkError) console.log(error.code);
}
