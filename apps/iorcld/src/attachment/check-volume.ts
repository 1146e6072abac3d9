import type { CinderAttachment, CinderVolume } from '../cloud/contract.ts';
import { AttachmentError } from './error.ts';

/** A volume that Nova is attaching, or that a migration or a repeated request finds attached. */
const VOLUME_STATUSES: readonly string[] = ['reserved', 'attaching', 'in-use'];
const ATTACHMENT_STATUSES: readonly string[] = ['reserved', 'attaching', 'attached'];

/**
 * @param shares whether the driver can open a volume for several writers
 * @throws AttachmentError `volume_refused` where this version must not or can't export the volume
 */
export function checkVolume(attachment: CinderAttachment, volume: CinderVolume, shares: boolean): void {
  const refuse = (why: string): AttachmentError =>
    new AttachmentError('volume_refused', attachment.id, `Volume ${volume.id} can't be attached: ${why}.`);
  if (volume.multiattach && !shares) {
    throw refuse(
      "it is a multiattach volume, and this I/O host's driver can't open one for several writers; use a volume type without multiattach, or driver qsd",
    );
  }
  if (volume.multiattach && volume.encrypted) {
    throw refuse('it is multiattach and encrypted, which is not supported together, as in Cinder itself');
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
