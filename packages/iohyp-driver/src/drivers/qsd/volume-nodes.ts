import type { PreparedBackend } from '../../backends/backend.ts';
import { removeNode, removeObject } from '../../qmp/remove.ts';
import { endCounting } from './counting.ts';
import { blockNames } from './identifiers.ts';
import { removeIoThread } from './io-thread.ts';
import { hideDevice, showDevice } from './private-view.ts';
import type { Session } from './session.ts';

interface NodesToOpen {
  readonly storage: string;
  readonly raw: string;
  readonly readOnly: boolean;
  readonly locked: boolean;
}

/** Opens the storage in the daemon: a node that talks to it, and one above that takes its content as it is. */
export async function addNodes(
  session: Session,
  attachmentId: string,
  backend: PreparedBackend,
  readOnly: boolean,
): Promise<void> {
  const { storage, raw } = blockNames(attachmentId);
  await openNodes(session, attachmentId, backend, { storage, raw, readOnly, locked: true });
}

/**
 * The same under other names. `locked`: as far as the storage is a file, QEMU's lock on it is taken, which refuses others
 * that would write; without it the file is opened beside one that we have.
 */
export async function openNodes(
  session: Session,
  attachmentId: string,
  backend: PreparedBackend,
  { storage, raw, readOnly, locked }: NodesToOpen,
): Promise<void> {
  const names = blockNames(attachmentId);
  const secretIds: Record<string, string> = {};
  for (const [index, { option, base64 }] of backend.secrets.entries()) {
    const id = names.secret(index);
    secretIds[option] = id;
    await session.qmp.call('object-add', { 'qom-type': 'secret', id, data: base64, format: 'base64' }, session.call);
  }
  const shared = { 'read-only': readOnly, discard: 'unmap' };
  const isLocal = backend.blockdev.driver === 'file' || backend.blockdev.driver === 'host_device';
  const unlocked = isLocal && !locked ? { locking: 'off' } : {};
  const filename = backend.blockdev['filename'];
  const device = backend.blockdev.driver === 'host_device' && typeof filename === 'string' ? filename : undefined;
  if (device !== undefined) {
    await showDevice(session, device);
  }
  await session.qmp.execute(
    'blockdev-add',
    { ...backend.blockdev, ...secretIds, ...shared, ...unlocked, 'node-name': storage },
    session.call,
  );
  if (device !== undefined) {
    await hideDevice(session, device);
  }
  await session.qmp.execute(
    'blockdev-add',
    { driver: 'raw', ...backend.format, ...shared, 'node-name': raw, file: storage },
    session.call,
  );
  await removeSecrets(session, attachmentId, backend);
}

/** And the thread that served them, and what they were counted by. */
export async function removeNodes(session: Session, attachmentId: string): Promise<void> {
  const names = blockNames(attachmentId);
  await removeNode(session.qmp, names.raw, session.call);
  await removeNode(session.qmp, names.storage, session.call);
  await removeIoThread(session, attachmentId);
  await endCounting(session.directory, attachmentId);
}

/** They are needed only while the storage is being opened. */
export async function removeSecrets(session: Session, attachmentId: string, backend: PreparedBackend): Promise<void> {
  for (const index of backend.secrets.keys()) {
    await removeObject(session.qmp, blockNames(attachmentId).secret(index), session.call);
  }
}
