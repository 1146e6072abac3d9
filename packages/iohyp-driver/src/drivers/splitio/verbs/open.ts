import { parseConnection } from '../../../connection-info/connection.ts';
import { DriverError, type OpenRequest, type VolumeState } from '../../../contract.ts';
import { refuseSecondWriter } from '../../record-checks.ts';
import { checkExpected, refuseShareable } from '../../request-checks.ts';
import { type IoHost, stateOf } from '../io-host.ts';
import { findBdev } from '../scripts.ts';
import { type VolumeDevice, volumeDevice } from '../volume-device.ts';

/** Nothing is opened before the export: this only decides which device it will be, and that it is nobody else's. */
export async function openVolume(host: IoHost, request: OpenRequest, signal: AbortSignal): Promise<VolumeState> {
  refuseShareable('splitio', request);
  const connection = parseConnection(request.connectionInfo);
  if (request.willDecrypt === true) {
    throw new DriverError('not_supported', 'driver splitio has no interposers, so it can decrypt nothing');
  }
  const { runner, allowedDirectories } = host.options;
  const device = await volumeDevice(runner, connection, allowedDirectories, signal);
  if ((request.readOnly || connection.readOnly) && (await host.records.read(request.key)) === undefined) {
    throw new DriverError('not_supported', 'driver splitio exports every volume writable; use another driver');
  }
  checkExpected(request.expected, device);
  return host.storages.run(device.identity, signal, () => openDevice(host, request, device, signal));
}

async function openDevice(
  host: IoHost,
  request: OpenRequest,
  device: VolumeDevice,
  signal: AbortSignal,
): Promise<VolumeState> {
  const { key, listener } = request;
  const { address, port } = listener;
  const same = (await host.records.all()).filter((other) => other.identity === device.identity);
  refuseSecondWriter(same.find(({ attachmentId }) => attachmentId !== key.attachmentId));
  const bdevs = await host.bdevs(signal);
  const mine = await host.records.read(key);
  if (mine !== undefined) {
    if (request.readOnly || mine.identity !== device.identity || mine.address !== address || mine.port !== port) {
      throw new DriverError('conflict', `already open with ${mine.path} at ${mine.address}; close it first`);
    }
    return stateOf(mine, bdevs);
  }
  const siblings = await host.records.ofInstance(key.instanceId);
  const other = siblings.find((sibling) => sibling.address !== address || sibling.port !== port);
  if (other !== undefined) {
    throw new DriverError('conflict', `the instance's exports are at ${other.address}; close its volumes first`);
  }
  if (findBdev(bdevs, device.path) !== undefined) {
    const text = `${device.path} is exported, but not by this driver; iohyp_remove_blk_device.sh -p ends that`;
    throw new DriverError('conflict', text);
  }
  const { backend, path, identity, sizeBytes } = device;
  const record = { ...key, backend, path, identity, sizeBytes, address, port };
  await host.records.write(key, record);
  return stateOf(record, bdevs);
}
