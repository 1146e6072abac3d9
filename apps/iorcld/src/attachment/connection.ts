import type { CinderPort, Connector } from '../cloud/contract.ts';
import { differs } from './difference.ts';
import type { AttachmentRecord } from './record.ts';
import type { StepCall } from './step.ts';

/** This host's connector, with the device name that Nova gave. */
export function connectorOf(connector: Connector, { plan }: AttachmentRecord): Connector {
  return plan.mountpoint === undefined ? connector : { ...connector, mountpoint: plan.mountpoint };
}

/**
 * What in Cinder is not as an attachment's connection should be. Once Nova has completed it, Cinder's record of the volume
 * says it all: that there is such an attachment, of which instance, and by whose connector. Else its own record is asked.
 */
export async function connectDifferences(
  cinder: CinderPort,
  connector: Connector,
  { plan }: AttachmentRecord,
  call: StepCall,
): Promise<readonly string[]> {
  const { completed } = await cinder.volume(plan.volumeId, call);
  const known = completed.get(plan.attachmentId);
  if (known !== undefined) {
    return [
      ...differs("Cinder's instance", known.instanceId, plan.instanceId),
      ...differs("the host in Cinder's attachment", known.host, connector.host),
    ];
  }
  const attachment = await cinder.attachment(plan.attachmentId, call);
  if (attachment.connectionInfo === undefined) return ['Cinder holds no connection_info for the attachment'];
  return [
    ...differs("Cinder's volume", attachment.volumeId, plan.volumeId),
    ...differs("Cinder's instance", attachment.instanceId, plan.instanceId),
  ];
}
