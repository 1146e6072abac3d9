import { DriverError, type QosRequest, type VolumeState } from '../../../contract.ts';
import { changeLimits, throttleStage } from '../../../interposers/throttle/throttle-stage.ts';
import { readState, requireOpenVolume } from '../open-volume.ts';
import type { ResolvedOptions } from '../options.ts';
import { type Session, undone } from '../session.ts';
import { requireRecordedStages } from '../stages.ts';
import { writeVolumeRecord } from '../volume-record.ts';

/** Changes limits while the volume is in use. They are recorded first: what is recorded is what is wanted. */
export async function setQos(
  options: ResolvedOptions,
  session: Session,
  { key, limits }: QosRequest,
): Promise<VolumeState> {
  const volume = await requireRecordedStages(options, session, await requireOpenVolume(session, key.attachmentId));
  const { record } = volume;
  const index = record.interposers.findLastIndex(({ kind }) => kind === 'throttle');
  const node = volume.stages[index];
  const before = record.interposers[index];
  if (node === undefined || before?.kind !== 'throttle') {
    throw new DriverError(
      'conflict',
      'the volume has no throttle stage; interpose one before it is exported, without limits if it needs none yet',
    );
  }
  const wanted = throttleStage.plain({ kind: 'throttle', ...limits });
  await writeVolumeRecord(session.directory, { ...record, interposers: record.interposers.with(index, wanted) });
  try {
    await changeLimits(session.qmp, node.name, wanted, session.call);
  } catch (error) {
    throw await undone(session, error, async ({ qmp, call, directory }) => {
      await changeLimits(qmp, node.name, before, call);
      await writeVolumeRecord(directory, record);
    });
  }
  return readState(session, key.attachmentId);
}
