import type { CreateAttachmentRequest } from '@iorcl/api';
import { decide, type IoPolicy } from '@iorcl/flavor-policy';
import { checkLimits, DriverError, limitsFromFlavor, type QosLimits } from '@iorcl/iohyp-driver';
import { describeError } from '@iorcl/service';
import {
  type CinderAttachment,
  type CinderPort,
  type CinderVolume,
  type CloudCallOptions,
  CloudError,
  type CloudPort,
  type Instance,
} from '../cloud/contract.ts';
import { checkVolume } from './check-volume.ts';
import { chooseNetwork } from './choose-network.ts';
import { AttachmentError } from './error.ts';
import type { AllThere } from './new-instance.ts';
import type { Plan } from './record.ts';

export interface PlanningOptions {
  readonly cinder: CinderPort;
  readonly cloud: CloudPort;
  /** Physical networks that this host reaches. */
  readonly reachable: readonly string[];
  /** Whether encrypted volumes can be opened here: the driver decrypts, and there is a key manager. */
  readonly decrypts: boolean;
  /** Whether volumes can be limited here: the driver throttles. */
  readonly limits: boolean;
  /** Whether the driver can open a volume for several writers. */
  readonly shares: boolean;
}

export const BYTES_PER_GIB: number = 1024 ** 3;

/** An attachment that Nova has reserved for one of its instances. */
export interface ReservedAttachment extends CinderAttachment {
  readonly instanceId: string;
}

/**
 * For which instance and volume Nova has reserved the attachment.
 *
 * @throws AttachmentError `volume_refused`, `not_found`, `cloud_unavailable`
 */
export async function reservedAttachment(
  { cinder }: PlanningOptions,
  { attachmentId }: CreateAttachmentRequest,
  call: CloudCallOptions = {},
): Promise<ReservedAttachment> {
  try {
    const attachment = await cinder.attachment(attachmentId, call);
    const { instanceId } = attachment;
    if (instanceId !== undefined) return { ...attachment, instanceId };
  } catch (cause) {
    throw cloudRefusal(attachmentId, cause);
  }
  throw new AttachmentError(
    'volume_refused',
    attachmentId,
    `Attachment ${attachmentId} names no instance in Cinder: only volumes of Nova's instances go through an I/O host.`,
  );
}

/**
 * Decides how an attachment is to be made. Only reads: whatever is refused here has changed nothing. Answers undefined for an
 * instance that Nova is still building, of whose ports `allThere` says that they are not all.
 *
 * @throws AttachmentError `policy_refused`, `network_refused`, `volume_refused`, `not_found`, `cloud_unavailable`
 */
export async function planAttachment(
  { cinder, cloud, reachable, decrypts, limits, shares }: PlanningOptions,
  request: CreateAttachmentRequest,
  attachment: ReservedAttachment,
  { allThere, ...call }: CloudCallOptions & { readonly allThere: AllThere },
): Promise<Plan | undefined> {
  const { attachmentId, computeHost, mountpoint } = request;
  const { instanceId } = attachment;
  try {
    const [volume, instance, ports] = await Promise.all([
      cinder.volume(attachment.volumeId, call),
      cloud.instance(instanceId, call),
      cloud.ports(instanceId, call),
    ]);
    checkVolume(attachment, volume, shares);
    const encryptionKeyId = volume.encrypted
      ? await keyOf(cinder, volume, { attachmentId, decrypts }, call)
      : undefined;
    const policy = ioPolicy(instance, attachmentId);
    const flavorLimits = limitsOf(instance, attachmentId, limits);
    if (instance.isBuilding && !allThere(ports)) return undefined;
    const ids = [...new Set(ports.map((port) => port.networkId))];
    const networks = await Promise.all(ids.map((id) => cloud.network(id, call)));
    return {
      attachmentId,
      instanceId,
      volumeId: volume.id,
      carrier: attachmentId,
      sizeBytes: volume.sizeGiB * BYTES_PER_GIB,
      ...(encryptionKeyId === undefined ? {} : { encryptionKeyId }),
      ...(flavorLimits === undefined ? {} : { flavorLimits }),
      ...(volume.multiattach ? { multiattach: true } : {}),
      mode: 'host',
      computeHost,
      ...(mountpoint === undefined ? {} : { mountpoint }),
      network: chooseNetwork({ attachmentId, networks, wanted: policy.network, reachable }),
    };
  } catch (cause) {
    throw cloudRefusal(attachmentId, cause);
  }
}

const LUKS = ['luks', 'luks2'];

/** H18: an encrypted volume is decrypted here or refused, never exported as it lies. */
async function keyOf(
  cinder: CinderPort,
  { id }: CinderVolume,
  { attachmentId, decrypts }: { readonly attachmentId: string; readonly decrypts: boolean },
  call: CloudCallOptions,
): Promise<string> {
  const refuse = (why: string): AttachmentError =>
    new AttachmentError('volume_refused', attachmentId, `Volume ${id} is encrypted and can't be attached: ${why}.`);
  if (!decrypts) throw refuse('this I/O host has no key manager; set [key_manager] in its configuration');
  const encryption = await cinder.encryption(id, call);
  if (encryption === undefined) throw refuse("Cinder doesn't say with which key");
  const provider = encryption.provider.toLowerCase();
  if (!LUKS.includes(provider))
    throw refuse(`its encryption provider is ${provider}, expected one of ${LUKS.join(', ')}`);
  return encryption.keyId;
}

/** Limits of the flavor (`quota:disk_…`), or undefined: none. */
function limitsOf(instance: Instance, attachmentId: string, supported: boolean): QosLimits | undefined {
  const refuse = (why: string, cause?: unknown): AttachmentError =>
    new AttachmentError(
      'policy_refused',
      attachmentId,
      `Flavor ${instance.flavorName} of instance ${instance.id} limits its disks (quota:disk_…): ${why}.`,
      { cause },
    );
  let limits: QosLimits;
  try {
    limits = limitsFromFlavor(instance.extraSpecs);
    checkLimits(limits);
  } catch (cause) {
    if (!(cause instanceof DriverError)) throw cause;
    throw refuse(cause.message, cause);
  }
  if (Object.keys(limits).length === 0) return undefined;
  if (!supported) throw refuse("this I/O host's driver has no limits");
  return limits;
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

/** What the cloud's failure to answer means for whoever asked for the attachment; other errors stay what they are. */
export function cloudRefusal(attachmentId: string, cause: unknown): unknown {
  if (!(cause instanceof CloudError)) return cause;
  const code = { unavailable: 'cloud_unavailable', not_found: 'not_found', refused: 'cloud_unavailable' } as const;
  return new AttachmentError(
    code[cause.code],
    attachmentId,
    `Attachment ${attachmentId} can't be changed: ${describeError(cause)}. Nothing was changed.`,
    { cause, retryable: cause.retryable },
  );
}
