import type { CinderAttachment } from '../cloud/contract.ts';
import { AttachmentError } from './error.ts';
import type { CinderFacts, Plan } from './record.ts';

/**
 * Reads what Cinder answered to our connector. In the v3 API connection_info is flat: the driver's keys beside
 * `driver_volume_type`, `access_mode`, `encrypted`, `qos_specs`, `cacheable`.
 *
 * @throws AttachmentError `volume_refused` where the volume can't be exported as it is
 */
export function cinderFacts(
  attachment: CinderAttachment,
  { encryptionKeyId }: Pick<Plan, 'encryptionKeyId'>,
): CinderFacts {
  const { connectionInfo, id } = attachment;
  if (connectionInfo === undefined) {
    throw new AttachmentError('step_failed', id, `Cinder answered attachment ${id} without connection_info.`);
  }
  const encrypted = connectionInfo['encrypted'] === true;
  if (encrypted !== (encryptionKeyId !== undefined)) {
    throw new AttachmentError(
      'volume_refused',
      id,
      `Volume ${attachment.volumeId} can't be attached: its connection_info says encrypted=${encrypted}, but Cinder's record of the volume says encrypted=${!encrypted}.`,
    );
  }
  const { connection_info: _, ...rest } = attachment.raw;
  const qosSpecs = connectionInfo['qos_specs'];
  return {
    connectionInfo,
    attachment: rest,
    accessMode: connectionInfo['access_mode'] === 'ro' ? 'ro' : 'rw',
    qosSpecs: isRecord(qosSpecs) ? qosSpecs : null,
    cacheable: connectionInfo['cacheable'] === true,
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
