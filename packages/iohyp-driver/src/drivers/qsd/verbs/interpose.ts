import { isDeepStrictEqual } from 'node:util';
import { DriverError, type InterposeRequest, type Interposer, type VolumeState } from '../../../contract.ts';
import { interposerStages, stageOfBlockDriver } from '../../../interposers/registry.ts';
import { type OpenVolume, readState, requireOpenVolume } from '../open-volume.ts';
import { forUndoing, type Session } from '../session.ts';

/** Values are checked before the daemon is asked. @throws {DriverError} `bad_request` */
export function checkInterposers(interposers: readonly Interposer[]): void {
  for (const interposer of interposers) {
    const stage = Object.hasOwn(interposerStages, interposer.kind) ? interposerStages[interposer.kind] : undefined;
    if (stage === undefined) {
      const known = Object.keys(interposerStages).join(', ');
      throw new DriverError('bad_request', `interposer "${interposer.kind}" is unknown; known ones are ${known}`);
    }
    stage.check(interposer);
  }
}

/** Puts exactly these stages on the volume, or leaves it as it was. */
export async function interpose(session: Session, request: InterposeRequest): Promise<VolumeState> {
  const { attachmentId } = request.key;
  const volume = await requireOpenVolume(session, attachmentId);
  const present = await readStages(session, volume);
  if (!isDeepStrictEqual(present, request.interposers.map(plain))) {
    if (volume.export !== undefined) {
      throw new DriverError('conflict', 'exported with other interposers; unexport it first');
    }
    await removeStages(session, volume);
    try {
      await addStages(session, volume, request.interposers);
    } catch (error) {
      const bounded = forUndoing(session);
      await removeStages(bounded, await requireOpenVolume(bounded, attachmentId));
      await addStages(bounded, volume, present);
      throw error;
    }
  }
  return readState(session, attachmentId);
}

/** Top first. */
export async function removeStages(session: Session, volume: OpenVolume): Promise<void> {
  for (const { name, driver } of volume.stages.toReversed()) {
    await stageOfBlockDriver(driver)?.remove(session.qmp, name, session.call);
  }
}

async function addStages(session: Session, volume: OpenVolume, interposers: readonly Interposer[]): Promise<void> {
  let below = volume.raw.name;
  for (const [index, interposer] of interposers.entries()) {
    const name = volume.names.stage(index);
    const stage = interposerStages[interposer.kind];
    // A crash in the midst of an earlier attempt may have left half of it.
    await stage.remove(session.qmp, name, session.call);
    await stage.add(session.qmp, name, below, interposer, session.call);
    below = name;
  }
}

async function readStages(session: Session, volume: OpenVolume): Promise<readonly Interposer[]> {
  const found: Interposer[] = [];
  for (const { name, driver } of volume.stages) {
    const stage = stageOfBlockDriver(driver);
    if (stage !== undefined) {
      found.push(await stage.read(session.qmp, name, session.call));
    }
  }
  return found;
}

function plain(interposer: Interposer): Interposer {
  return interposerStages[interposer.kind].plain(interposer);
}
