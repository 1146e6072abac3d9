// Adds ports to an Open vSwitch bridge, looks at them, hears of them, and takes them away again:
//
//     node open-vswitch.ts unix:/run/openvswitch/db.sock
import {
  addPort,
  bridgeOfPort,
  deletePort,
  findPorts,
  interfaceExternalIds,
  listBridges,
  OvsdbClient,
  requirePort,
} from '@iorcl/vlan-netlink';

using client = await OvsdbClient.connect(process.argv[2] ?? 'unix:/run/openvswitch/db.sock');
const [bridge = 'br-int'] = (await listBridges(client)).sort();
const mark = { 'my-program': 'example' };

const added = await addPort(client, { bridge, name: 'example100', tag: 100, externalIds: mark });
console.log(added.ok ? 'added' : `${added.reason}: ${added.error.message}`);
await requirePort(client, { bridge, name: 'example-trunk', trunks: [100, 101], externalIds: mark }); // or throws
console.log(await addPort(client, { bridge: 'nonexistent', name: 'example' }).then((port) => !port.ok && port.reason));

for (const { uuid, name, tag, trunks } of await findPorts(client, mark)) {
  console.log(name, tag ?? trunks, await bridgeOfPort(client, uuid), await interfaceExternalIds(client, name));
}
for await (const changes of client.monitor({ Port: ['name', 'tag'] })) {
  console.log('ports known to the database:', changes.length);
  break; // without it: every change, without end
}
for (const { uuid } of await findPorts(client, mark)) await deletePort(client, uuid);
const [result] = await client.transact([{ op: 'select', table: 'Port', where: [['tag', '==', 100]] }]);
console.log('ports of VLAN 100:', result?.rows.length);
client.close();
