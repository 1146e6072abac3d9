import type { CreateAttachmentRequest } from '@iorcl/api';
import { decide, type IoPolicy } from '@iorcl/flavor-policy';
import { describeError } from '@iorcl/service';
import {
  type CinderPort,
  type CloudCallOptions,
  CloudError,
  type CloudPort,
  type Instance,
} from '../cloud/contract.ts';
import { checkVolume } from './check-volume.ts';
import { chooseNetwork } from './choose-network.ts';
import { AttachmentError } from './error.ts';
import type { Plan } from './record.ts';

export interface PlanningOptions {
  readonly cinder: CinderPort;
  readonly cloud: CloudPort;
  /** Physical networks that this host reaches. */
  readonly reachable: readonly string[];
}

const BYTES_PER_GIB = 1024 ** 3;

/**
 * Decides how an attachment is to be made. Only reads: whatever is refused here has changed nothing.
 *
 * @throws AttachmentError `policy_refused`, `network_refused`, `volume_refused`, `not_found`, `cloud_unavailable`
 */
export async function planAttachment(
  { cinder, cloud, reachable }: PlanningOptions,
  request: CreateAttachmentRequest,
  call: CloudCallOptions = {},
): Promise<Plan> {
  const { attachmentId, computeHost, mountpoint } = request;
  try {
    const attachment = await cinder.attachment(attachmentId, call);
    const { instanceId } = attachment;
    if (instanceId === undefined) {
      throw new AttachmentError(
        'volume_refused',
        attachmentId,
        `Attachment ${attachmentId} names no instance in Cinder: only volumes of Nova's instances go through an I/O host.`,
      );
    }
    const [volume, instance, ports] = await Promise.all([
      cinder.volume(attachment.volumeId, call),
      cloud.instance(instanceId, call),
      cloud.ports(instanceId, call),
    ]);
    checkVolume(attachment, volume);
    const policy = ioPolicy(instance, attachmentId);
    const ids = [...new Set(ports.map((port) => port.networkId))];
    const networks = await Promise.all(ids.map((id) => cloud.network(id, call)));
    return {
      attachmentId,
      instanceId,
      volumeId: volume.id,
      sizeBytes: volume.sizeGiB * BYTES_PER_GIB,
      mode: 'host',
      computeHost,
      ...(mountpoint === undefined ? {} : { mountpoint }),
      network: chooseNetwork({ attachmentId, networks, wanted: policy.network, reachable }),
    };
  } catch (cause) {
    throw asRefusal(attachmentId, cause);
  }
}

function ioPolicy(instance: Instance, attachmentId: string): IoPolicy {
  const refuse = (why: string): AttachmentError =>
    new AttachmentError(
      'policy_refused',
      attachmentId,
      `Flavor ${instance.flavorName} of instance ${instance.id}: ${why}`,
    );
  const decision = decide(instance.extraSpecs);
  switch (decision.kind) {
    case 'refused':
      throw refuse(decision.refusals.map((refusal) => refusal.message).join(' '));
    case 'stock':
      throw refuse('io:enabled is not true, so its volumes attach without an I/O host.');
    case 'io':
      if (decision.policy.mode === 'guest') {
        throw refuse('io:mode=guest is not supported yet; expected host.');
      }
      return decision.policy;
  }
}

function asRefusal(attachmentId: string, cause: unknown): unknown {
  if (!(cause instanceof CloudError)) return cause;
  const code = { unavailable: 'cloud_unavailable', not_found: 'not_found', refused: 'cloud_unavailable' } as const;
  return new AttachmentError(
    code[cause.code],
    attachmentId,
    `Attachment ${attachmentId} can't be planned: ${describeError(cause)}. Nothing was changed.`,
    { cause, retryable: cause.retryable },
  );
}
