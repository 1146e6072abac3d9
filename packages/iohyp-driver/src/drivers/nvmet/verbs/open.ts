import type { PreparedBackend } from '../../../backends/backend.ts';
import { connectStorage } from '../../../backends/connect-storage.ts';
import { prepareBackend } from '../../../backends/registry.ts';
import { parseConnection } from '../../../connection-info/connection.ts';
import { DriverError, type OpenRequest, type VolumeState } from '../../../contract.ts';
import { disksNow } from '../../../counters/disk-statistics.ts';
import { refuseSecondWriter } from '../../record-checks.ts';
import { checkExpected, refuseShareable } from '../../request-checks.ts';
import { kernelBacking } from '../backing.ts';
import { sizeOfDevice } from '../configfs.ts';
import { namespaceUuid } from '../names.ts';
import { findPort, newPortId, openPort, removeUnusedPort, requireRunInside } from '../port.ts';
import type { Target } from '../target.ts';
import type { NvmetRecord } from '../volume-record.ts';
import { closeVolume } from './close.ts';

export async function openVolume(target: Target, request: OpenRequest, signal: AbortSignal): Promise<VolumeState> {
  const { connectionInfo, willDecrypt } = request;
  refuseShareable('nvmet', request);
  const { backend, readOnly } = await prepareBackend(connectionInfo, target.options.backends, { willDecrypt });
  if (backend.connect === undefined) {
    kernelBacking(backend);
  }
  requireRunInside(request.listener);
  if (readOnly || request.readOnly) {
    const text = 'the kernel exports every namespace writable; use driver qsd';
    throw (await target.records.read(request.key)) === undefined
      ? new DriverError('not_supported', text)
      : new DriverError('conflict', `already open, and writable: ${text}`);
  }
  return target.shared.run(backend.identity, signal, () => openStorage(target, request, backend, signal));
}

async function openStorage(
  target: Target,
  request: OpenRequest,
  backend: PreparedBackend,
  signal: AbortSignal,
): Promise<VolumeState> {
  const { key, listener } = request;
  await refuseOthers(target, request, backend);
  const before = await target.records.read(key);
  const isOpen = before !== undefined && (await target.isOpen(before));
  if (isOpen && before.identity !== backend.identity) {
    throw new DriverError('conflict', `already open with ${before.path}; close it first`);
  }
  if (before !== undefined && !isOpen) {
    // What a crash left half made or half removed.
    await closeVolume(target, key, signal);
  }
  try {
    const connected = await connectStorage(backend, key.attachmentId, signal);
    const { path } = kernelBacking(connected);
    checkExpected(request.expected, { path, sizeBytes: await sizeOfDevice(path), id: connected.id });
    target.listeners.set(key.instanceId, listener);
    const port = await findPort(target.configfs, target.instance(key.instanceId).nqn);
    if (!isOpen || port === undefined) {
      const record = isOpen ? before : await newRecord(request, connected);
      await target.records.write(key, record);
      await build(target, request, record, signal);
    }
    await target.offer(key);
  } catch (error) {
    if (!isOpen) {
      await closeVolume(target, key, AbortSignal.timeout(UNDO_TIMEOUT_MS));
    }
    throw error;
  }
  return target.stateOf(await target.requireOpen(key));
}

const UNDO_TIMEOUT_MS = 5_000;

async function refuseOthers(target: Target, { key, listener }: OpenRequest, backend: PreparedBackend): Promise<void> {
  for (const other of await target.records.all()) {
    if (other.identity === backend.identity && other.attachmentId !== key.attachmentId) {
      refuseSecondWriter((await target.isOpen(other)) ? other : undefined);
    }
  }
  const port = await findPort(target.configfs, target.instance(key.instanceId).nqn);
  if (port !== undefined && (port.address !== listener.address || port.port !== listener.port)) {
    const asked = `[${listener.address}]:${listener.port}`;
    const text = `the instance's exports are on [${port.address}]:${port.port}, asked for ${asked}; close its volumes first`;
    throw new DriverError('conflict', text);
  }
}

async function build(target: Target, request: OpenRequest, record: NvmetRecord, signal: AbortSignal): Promise<void> {
  const { configfs, options } = target;
  const instance = target.instance(record.instanceId);
  await instance.create();
  await target.subsystem(record).create(record, options);
  if ((await findPort(configfs, instance.nqn)) === undefined) {
    await target.shared.run('ports', signal, async () => {
      await removeUnusedPort(configfs, record.portId);
      const portId = await newPortId(configfs);
      // Before it is there: a port's name tells nobody whose it is.
      await target.records.write(request.key, { ...record, portId });
      await openPort(configfs, portId, request.listener, instance.nqn, options.anaGroupId);
    });
  }
}

async function newRecord(
  { key, connectionInfo, willDecrypt }: OpenRequest,
  backend: PreparedBackend,
): Promise<NvmetRecord> {
  return {
    ...key,
    backend: backend.kind,
    identity: backend.identity,
    ...kernelBacking(backend),
    encrypted: willDecrypt === true,
    uuid: namespaceUuid(parseConnection(connectionInfo).fields['volume_id'], key.attachmentId),
    counted: backend.countedBy?.kind === 'kernel' ? await disksNow(backend.countedBy.device) : undefined,
    grants: [],
  };
}
