import type { CinderAttachment, CinderVolume } from '../cloud/contract.ts';
import { AttachmentError } from './error.ts';

/** A volume that Nova is attaching, or that a migration or a repeated request finds attached. */
const VOLUME_STATUSES: readonly string[] = ['reserved', 'attaching', 'in-use'];
const ATTACHMENT_STATUSES: readonly string[] = ['reserved', 'attaching', 'attached'];

/** @throws AttachmentError `volume_refused` where this version must not or can't export the volume */
export function checkVolume(attachment: CinderAttachment, volume: CinderVolume): void {
  const refuse = (why: string): AttachmentError =>
    new AttachmentError('volume_refused', attachment.id, `Volume ${volume.id} can't be attached: ${why}.`);
  if (volume.multiattach) {
    throw refuse(
      'it is a multiattach volume, and several writers through an I/O host are not supported yet; use a volume type without multiattach',
    );
  }
  if (!VOLUME_STATUSES.includes(volume.status)) {
    throw refuse(`its status is ${volume.status}, expected one of ${VOLUME_STATUSES.join(', ')}`);
  }
  if (!ATTACHMENT_STATUSES.includes(attachment.status)) {
    throw refuse(
      `the status of its attachment ${attachment.id} is ${attachment.status}, expected one of ${ATTACHMENT_STATUSES.join(', ')}`,
    );
  }
  if (!(volume.sizeGiB > 0)) throw refuse(`Cinder gives its size as ${volume.sizeGiB} GiB`);
}
