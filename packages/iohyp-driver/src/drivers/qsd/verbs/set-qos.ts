import { DriverError, type QosRequest, type VolumeState } from '../../../contract.ts';
import { changeLimits } from '../../../interposers/throttle/throttle-stage.ts';
import { readState, requireOpenVolume, throttleNode } from '../open-volume.ts';
import type { Session } from '../session.ts';
import { readStages } from '../stages.ts';
import { writeVolumeRecord } from '../volume-record.ts';

/** Changes limits while the volume is in use. */
export async function setQos(session: Session, { key, limits }: QosRequest): Promise<VolumeState> {
  const volume = await requireOpenVolume(session, key.attachmentId);
  const node = throttleNode(volume);
  if (node === undefined) {
    throw new DriverError(
      'conflict',
      'the volume has no throttle stage; interpose one before it is exported, without limits if it needs none yet',
    );
  }
  await changeLimits(session.qmp, node.name, limits, session.call);
  await writeVolumeRecord(session.directory, { ...volume.record, interposers: await readStages(session, volume) });
  return readState(session, key.attachmentId);
}
