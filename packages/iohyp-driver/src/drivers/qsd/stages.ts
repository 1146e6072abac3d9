import { connectStorage } from '../../backends/connect-storage.ts';
import { prepareBackend } from '../../backends/registry.ts';
import type { Interposer } from '../../contract.ts';
import type { StageVolume } from '../../interposers/interposer-stage.ts';
import { interposerStages, stageOfBlockDriver } from '../../interposers/registry.ts';
import { readBlockGraph } from './block-graph.ts';
import { blockNames } from './identifiers.ts';
import type { OpenVolume } from './open-volume.ts';
import type { ResolvedOptions } from './options.ts';
import { closePlaintext, openPlaintext, signalOf } from './plaintext.ts';
import { hideDevice } from './private-view.ts';
import type { Session } from './session.ts';
import { openNodes } from './volume-nodes.ts';
import type { VolumeRecord } from './volume-record.ts';

/** Puts stages on top of the volume's content, the first one lowest. */
export async function addStages(
  options: ResolvedOptions,
  session: Session,
  { names, record }: Pick<OpenVolume, 'names' | 'record'>,
  interposers: readonly Interposer[],
): Promise<void> {
  const { readOnly } = record;
  const { keyManager } = options;
  const volume = await stageVolume(options, session, record);
  let below = names.raw;
  for (const [index, interposer] of interposers.entries()) {
    const nodeName = names.stage(index);
    const stage = interposerStages[interposer.kind];
    // A crash in the midst of an earlier attempt may have left half of it.
    await stage.remove(session.qmp, nodeName, session.call);
    if (interposer.kind === 'luks') {
      await closePlaintext(record.attachmentId, signalOf(session));
    }
    const plaintext =
      interposer.kind === 'luks' ? await openPlaintext(options, session, record, interposer, below) : undefined;
    const placing = { nodeName, below, readOnly, interposer, volume, keyManager, plaintext };
    await stage.add(session.qmp, placing, session.call);
    if (plaintext !== undefined) {
      await hideDevice(session, plaintext);
    }
    below = nodeName;
  }
}

async function stageVolume(options: ResolvedOptions, session: Session, record: VolumeRecord): Promise<StageVolume> {
  const { attachmentId } = record;
  const { nodes } = await readBlockGraph(session);
  const { cacheDirectory, auditDirectory } = options;
  return {
    attachmentId,
    sizeBytes: nodes.get(blockNames(attachmentId).raw)?.sizeBytes ?? 0,
    owner: session.directory.owner,
    cacheDirectory,
    auditDirectory,
    async openAgain(storage, raw): Promise<void> {
      const checks = { willDecrypt: record.encrypted };
      const { backend } = await prepareBackend(record.connectionInfo, options.backends, checks);
      const connected = await connectStorage(backend, attachmentId, signalOf(session));
      await openNodes(session, attachmentId, connected, { storage, raw, readOnly: true, locked: false });
    },
  };
}

/** Top first. */
export async function removeStages(session: Session, volume: OpenVolume): Promise<void> {
  for (const { name, driver } of volume.stages.toReversed()) {
    await stageOfBlockDriver(driver)?.remove(session.qmp, name, session.call);
  }
  await closePlaintext(volume.record.attachmentId, signalOf(session));
}

/** The stages that the daemon has. */
export async function readStages(session: Session, { stages, record }: OpenVolume): Promise<readonly Interposer[]> {
  const found: Interposer[] = [];
  for (const [index, { name, driver }] of stages.entries()) {
    const stage = stageOfBlockDriver(driver);
    if (stage !== undefined) {
      found.push(await stage.read(session.qmp, name, record.interposers[index], session.call));
    }
  }
  return found;
}
