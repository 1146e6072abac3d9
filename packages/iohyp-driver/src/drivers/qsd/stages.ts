import type { Interposer } from '../../contract.ts';
import { interposerStages, placeStage, stageOfBlockDriver } from '../../interposers/registry.ts';
import type { OpenVolume } from './open-volume.ts';
import type { ResolvedOptions } from './options.ts';
import { closePlaintext, openPlaintext, signalOf } from './plaintext.ts';
import type { Session } from './session.ts';

/** Puts stages on top of the volume's content, the first one lowest. */
export async function addStages(
  options: ResolvedOptions,
  session: Session,
  { names, record }: Pick<OpenVolume, 'names' | 'record'>,
  interposers: readonly Interposer[],
): Promise<void> {
  const { readOnly } = record;
  const { keyManager } = options;
  let below = names.raw;
  for (const [index, interposer] of interposers.entries()) {
    const nodeName = names.stage(index);
    // A crash in the midst of an earlier attempt may have left half of it.
    await interposerStages[interposer.kind].remove(session.qmp, nodeName, session.call);
    if (interposer.kind === 'luks') {
      await closePlaintext(record.attachmentId, signalOf(session));
    }
    const plaintext =
      interposer.kind === 'luks'
        ? await openPlaintext(options, session, record.attachmentId, interposer, readOnly)
        : undefined;
    const placing = { nodeName, below, readOnly, interposer, keyManager, plaintext };
    await placeStage(session.qmp, placing, session.call);
    below = nodeName;
  }
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
