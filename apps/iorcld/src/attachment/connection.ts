import type { CinderPort, Connector } from '../cloud/contract.ts';
import { differs } from './difference.ts';
import type { AttachmentRecord } from './record.ts';
import type { StepCall } from './step.ts';

/** This host's connector, with the device name that Nova gave. */
export function connectorOf(connector: Connector, { plan }: AttachmentRecord): Connector {
  return plan.mountpoint === undefined ? connector : { ...connector, mountpoint: plan.mountpoint };
}

/** What in Cinder is not as an attachment's connection should be. */
export async function connectDifferences(
  cinder: CinderPort,
  connector: Connector,
  { plan }: AttachmentRecord,
  call: StepCall,
): Promise<readonly string[]> {
  const attachment = await cinder.attachment(plan.attachmentId, call);
  if (attachment.connectionInfo === undefined) return ['Cinder holds no connection_info for the attachment'];
  const volume = await cinder.volume(plan.volumeId, call);
  return [
    ...differs("Cinder's volume", attachment.volumeId, plan.volumeId),
    ...differs("Cinder's instance", attachment.instanceId, plan.instanceId),
    // Cinder lists an attachment's host only after os-complete.
    ...differs(
      "the host in Cinder's attachment",
      volume.attachedHosts.get(plan.attachmentId) ?? connector.host,
      connector.host,
    ),
  ];
}
