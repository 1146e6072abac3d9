import * as z from 'zod';
import type { PreparedBackend } from '../../backends/backend.ts';
import type { QmpArguments } from '../../qmp/message.ts';
import { QmpError } from '../../qmp/qmp-error.ts';
import type { QmpCommands } from '../../qmp/qmp-schema.ts';
import { removeNode, removeObject } from '../../qmp/remove.ts';
import { readNodeNames } from './block-graph.ts';
import { blockNames } from './identifiers.ts';
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
  await addByOneWay(
    session,
    [backend.blockdev, ...(backend.otherWays ?? [])].map((way) => ({
      ...way,
      ...secretIds,
      ...shared,
      ...unlocked,
      'node-name': storage,
    })),
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

async function addByOneWay(session: Session, ways: readonly QmpArguments[]): Promise<void> {
  const refusals: QmpError[] = [];
  for (const way of ways) {
    try {
      await session.qmp.execute('blockdev-add', way, session.call);
      return;
    } catch (error) {
      if (!(error instanceof QmpError && error.code === 'command_failed')) {
        throw error;
      }
      refusals.push(typeof way['portal'] === 'string' ? error.about(`portal ${way['portal']}`) : error);
    }
  }
  const others = refusals.slice(0, -1).map(({ message }) => message);
  throw others.length === 0 ? refusals[0] : refusals.at(-1)?.about(others.join('; '));
}

/** They are needed only while the storage is being opened. */
async function removeSecrets(session: Session, attachmentId: string, backend: PreparedBackend): Promise<void> {
  for (const index of backend.secrets.keys()) {
    await removeObject(session.qmp, blockNames(attachmentId).secret(index), session.call);
  }
}

const objects: z.ZodType<QmpCommands['qom-list']['answer']> = z.array(z.object({ name: z.string() }));

/**
 * Removes nodes whose names begin so, and then such objects, whatever there is of them: also what a verb that was cut short
 * made without anything on top by which it could be found. Nothing else has such names.
 */
export async function removeNamed(session: Session, prefix: string): Promise<void> {
  await removeNodesNamed(session, prefix);
  const found = objects.parse(await session.qmp.call('qom-list', { path: '/objects' }, session.call));
  for (const { name } of found.filter((each) => each.name.startsWith(prefix))) {
    await removeObject(session.qmp, name, session.call);
  }
}

/** The newest first, which is nearly the order in which they let go of each other. */
async function removeNodesNamed(session: Session, prefix: string): Promise<void> {
  let left = Number.POSITIVE_INFINITY;
  for (;;) {
    const names = [...(await readNodeNames(session))].filter((name) => name.startsWith(prefix)).toReversed();
    const refusals: QmpError[] = [];
    for (const name of names) {
      try {
        await removeNode(session.qmp, name, session.call);
      } catch (error) {
        if (!(error instanceof QmpError && error.code === 'command_failed')) {
          throw error;
        }
        refusals.push(error);
      }
    }
    const [refusal] = refusals;
    if (refusal === undefined) {
      return;
    }
    if (refusals.length >= left) {
      throw refusal;
    }
    left = refusals.length;
  }
}
