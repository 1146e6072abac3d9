import { isDeepStrictEqual } from 'node:util';
import { connectStorage } from '../../backends/connect-storage.ts';
import { prepareBackend } from '../../backends/registry.ts';
import type { Interposer } from '../../contract.ts';
import type { StageVolume } from '../../interposers/interposer-stage.ts';
import { interposerStages, stageOfBlockDriver } from '../../interposers/registry.ts';
import { changeLimits } from '../../interposers/throttle/throttle-stage.ts';
import { readBlockGraph } from './block-graph.ts';
import { blockNames } from './identifiers.ts';
import { type OpenVolume, requireOpenVolume } from './open-volume.ts';
import type { ResolvedOptions } from './options.ts';
import { closePlaintext, openPlaintext, signalOf } from './plaintext.ts';
import { hideDevice } from './private-view.ts';
import { type Session, undone } from './session.ts';
import { openNodes, removeNamed } from './volume-nodes.ts';
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
    const plaintext =
      interposer.kind === 'luks' ? await openPlaintext(options, session, record, interposer, below) : undefined;
    const placing = { nodeName, below, readOnly, interposer, volume, keyManager, plaintext };
    await interposerStages[interposer.kind].add(session.qmp, placing, session.call);
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

/** And whatever an attempt that was cut short has left of others. */
async function removeStages(options: ResolvedOptions, session: Session, attachmentId: string): Promise<void> {
  await removeNamed(session, blockNames(attachmentId).stagePrefix);
  await removeWhatStagesLeft(options, attachmentId, signalOf(session));
}

/** What isn't in the daemon: a mapping of the kernel's, and files that only a crash leaves. */
export async function removeWhatStagesLeft(
  options: ResolvedOptions,
  attachmentId: string,
  signal: AbortSignal,
): Promise<void> {
  await closePlaintext(attachmentId, signal);
  for (const { removeFiles } of Object.values(interposerStages)) {
    await removeFiles?.(blockNames(attachmentId).stage(0), options);
  }
}

/** The stages that the daemon has; undefined in place of one of which its record should know more, and doesn't. */
export async function readStages(
  session: Session,
  { stages, record }: OpenVolume,
): Promise<readonly (Interposer | undefined)[]> {
  const found: (Interposer | undefined)[] = [];
  for (const [index, { name, driver }] of stages.entries()) {
    const stage = stageOfBlockDriver(driver);
    found.push(await stage?.read(session.qmp, name, record.interposers[index], session.call));
  }
  return found;
}

/** Whether the daemon has the stages that are recorded, whatever their limits. */
export function stagesStand({ stages, record }: OpenVolume): boolean {
  const kinds = stages.map(({ driver }) => stageOfBlockDriver(driver)?.kind);
  return isDeepStrictEqual(
    kinds,
    record.interposers.map(({ kind }) => kind),
  );
}

/** Puts exactly these stages on a volume without an export, or those that are recorded. */
export async function replaceStages(
  options: ResolvedOptions,
  session: Session,
  volume: OpenVolume,
  wanted: readonly Interposer[],
): Promise<void> {
  const { attachmentId, interposers } = volume.record;
  const put = async (bounded: Session, stages: readonly Interposer[]): Promise<void> => {
    await removeStages(options, bounded, attachmentId);
    await addStages(options, bounded, volume, stages);
  };
  try {
    await put(session, wanted);
  } catch (error) {
    throw await undone(session, error, (bounded) => put(bounded, interposers));
  }
}

/** A volume with the stages that are recorded: a change of them that was cut short is undone first. */
export async function requireRecordedStages(
  options: ResolvedOptions,
  session: Session,
  volume: OpenVolume,
): Promise<OpenVolume> {
  if (volume.export !== undefined || stagesStand(volume)) {
    return volume;
  }
  await replaceStages(options, session, volume, volume.record.interposers);
  return requireOpenVolume(session, volume.record.attachmentId);
}

/** Gives each throttle stage the limits that are recorded, where it has others. */
export async function putLimitsRight(session: Session, volume: OpenVolume): Promise<void> {
  const present = await readStages(session, volume);
  for (const [index, stage] of volume.record.interposers.entries()) {
    const node = volume.stages[index];
    if (stage.kind === 'throttle' && node !== undefined && !isDeepStrictEqual(present[index], stage)) {
      const { kind: _, ...limits } = stage;
      await changeLimits(session.qmp, node.name, limits, session.call);
    }
  }
}
