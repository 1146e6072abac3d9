import { isDeepStrictEqual } from 'node:util';
import { DriverError, type InterposeRequest, type Interposer, type VolumeState } from '../../../contract.ts';
import { interposerStages } from '../../../interposers/registry.ts';
import { readState, requireOpenVolume } from '../open-volume.ts';
import type { ResolvedOptions } from '../options.ts';
import type { Session } from '../session.ts';
import { readStages, replaceStages } from '../stages.ts';
import { writeVolumeRecord } from '../volume-record.ts';

/** Values are checked before the daemon is asked. @throws {DriverError} `bad_request` */
export function checkInterposers(interposers: readonly Interposer[]): void {
  for (const [index, interposer] of interposers.entries()) {
    if (!Object.hasOwn(interposerStages, interposer.kind)) {
      const known = Object.keys(interposerStages).join(', ');
      throw new DriverError('bad_request', `interposer "${interposer.kind}" is unknown; known ones are ${known}`);
    }
    const stage = interposerStages[interposer.kind];
    stage.check(interposer);
    if (index > 0 && stage.nearestToBackend !== undefined) {
      throw new DriverError('bad_request', `interposer "${stage.kind}" is not the first: ${stage.nearestToBackend}`);
    }
  }
}

/** Puts exactly these stages on the volume, or leaves it as it was. */
export async function interpose(
  options: ResolvedOptions,
  session: Session,
  request: InterposeRequest,
): Promise<VolumeState> {
  const { attachmentId } = request.key;
  const volume = await requireOpenVolume(session, attachmentId);
  if (volume.record.shareable && request.interposers.some(({ kind }) => kind === 'copy-on-read')) {
    const text = 'the volume may have other writers, whose writes a cache would not see';
    throw new DriverError('not_supported', `interposer "copy-on-read": ${text}`);
  }
  const present = await readStages(session, volume);
  const wanted = request.interposers.map(plain);
  if (!isDeepStrictEqual(present, wanted)) {
    if (volume.export !== undefined) {
      throw new DriverError('conflict', 'exported with other interposers; unexport it first');
    }
    await replaceStages(options, session, volume, wanted);
  }
  await writeVolumeRecord(session.directory, { ...volume.record, interposers: wanted });
  return readState(session, attachmentId);
}

function plain(interposer: Interposer): Interposer {
  return interposerStages[interposer.kind].plain(interposer);
}
