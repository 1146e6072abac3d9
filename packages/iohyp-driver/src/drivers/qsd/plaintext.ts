import { LocalCommandRunner } from '../../command/local-command-runner.ts';
import { DriverError, type LuksInterposer } from '../../contract.ts';
import { closeMapping, mappingName, mappingPath, openMapping } from '../../device-mapper/luks-mapping.ts';
import { luksVersion } from '../../device-mapper/luks-version.ts';
import { passphrase } from '../../interposers/luks/passphrase.ts';
import { readBlockGraph } from './block-graph.ts';
import { blockNames } from './identifiers.ts';
import type { ResolvedOptions } from './options.ts';
import { showDevice } from './private-view.ts';
import type { Session } from './session.ts';
import type { VolumeRecord } from './volume-record.ts';

const commands = new LocalCommandRunner();

/**
 * Lets the kernel decrypt what QEMU can't: LUKS 2, on a block device of this host. Answers the path of the plaintext, or
 * undefined where QEMU is to do it.
 */
export async function openPlaintext(
  options: ResolvedOptions,
  session: Session,
  { attachmentId, readOnly }: Pick<VolumeRecord, 'attachmentId' | 'readOnly'>,
  interposer: LuksInterposer,
  below: string,
): Promise<string | undefined> {
  const { nodes } = await readBlockGraph(session);
  const names = blockNames(attachmentId);
  const storage = nodes.get(names.storage);
  if (storage?.driver !== 'host_device' || (await luksVersion(storage.file)) !== 2) {
    return undefined;
  }
  if (below !== names.raw) {
    const text = 'LUKS 2 is decrypted by the kernel, from the storage itself: no other stage may be below it';
    throw new DriverError('not_supported', `interposer "luks": ${text}`);
  }
  const key = await passphrase(interposer.key, options.keyManager, session.call);
  const name = nameOf(attachmentId);
  await openMapping(
    commands,
    { name, source: storage.file },
    { passphrase: Buffer.from(key, 'base64'), readOnly, signal: signalOf(session) },
  );
  await showDevice(session, mappingPath(name));
  return mappingPath(name);
}

/** Also what a daemon that died has left. Nothing happens where there is none. */
export async function closePlaintext(attachmentId: string, signal: AbortSignal): Promise<void> {
  await closeMapping(commands, nameOf(attachmentId), signal);
}

export function signalOf({ call }: Session): AbortSignal {
  return call.signal ?? AbortSignal.timeout(call.timeoutMs ?? 30_000);
}

function nameOf(attachmentId: string): string {
  return mappingName(blockNames(attachmentId).stage(0));
}
