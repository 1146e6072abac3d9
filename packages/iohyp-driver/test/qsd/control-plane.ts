/**
 * A control plane for tests, to be killed: opens, exports and grants one volume, says so, and stays.
 * Arguments: the scene as JSON.
 */
import { QsdDriver } from '../../src/index.ts';
import { loopbackListener } from '../../src/testing/index.ts';

const scene: {
  runtimeDirectory: string;
  volumesDirectory: string;
  path: string;
  instanceId: string;
  attachmentId: string;
  identity: string;
  secretHex: string;
} = JSON.parse(process.argv[2] ?? '{}');
const { instanceId, attachmentId, identity, secretHex } = scene;
const driver = new QsdDriver({
  runtimeDirectory: scene.runtimeDirectory,
  backends: { file: { allowedDirectories: [scene.volumesDirectory] } },
});
const key = { instanceId, attachmentId };
const listener = await loopbackListener();
const connectionInfo = { driver_volume_type: 'gpfs', device_path: scene.path };
await driver.open({ key, connectionInfo, readOnly: false, listener });
await driver.export({ key, exportName: 'disk', readOnly: false });
await driver.grant({ key, identity, secretHex });
process.stdout.write(`${listener.port}\n`);
setInterval(() => {}, 60_000);
