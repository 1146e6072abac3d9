import { decide, type IoPolicy } from '@iorcl/flavor-policy';
import { describeError } from '@iorcl/service';
import { CinderFault } from '../proxy/cinder-fault.ts';

/** Who attaches a volume: stock Nova and Cinder, or the I/O host. */
export type Ownership =
  | { readonly kind: 'stock' }
  | { readonly kind: 'io'; readonly policy: IoPolicy }
  /** The flavor asks for something that can't be honoured; `message` says what. */
  | { readonly kind: 'refused'; readonly message: string }
  /** Cinder knows no such attachment. */
  | { readonly kind: 'no-attachment' };

/** What the hook asks the cloud with its own service user. Each method rejects when the cloud can't tell. */
export interface CloudView {
  /** The attachment's instance, if it has one; undefined when there is no such attachment. */
  attachment(attachmentId: string, requestId: string): Promise<{ readonly instanceId: string | undefined } | undefined>;
  /** Extra specs of the server's flavor, as the server has it; undefined when there is no such server. */
  flavorExtraSpecs(instanceId: string, requestId: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Roles that a token carries; undefined for one that is not valid (any more). */
  rolesOf(token: string, requestId: string): Promise<readonly string[] | undefined>;
}

/**
 * Decides whose an attachment is, by its instance's flavor.
 *
 * @throws CinderFault 503 when that can't be decided: an io volume is never attached directly by mistake
 */
export async function ownerOfAttachment(cloud: CloudView, attachmentId: string, requestId: string): Promise<Ownership> {
  let attachment: Awaited<ReturnType<CloudView['attachment']>>;
  try {
    attachment = await cloud.attachment(attachmentId, requestId);
  } catch (cause) {
    throw undecidable(`Cinder did not tell whose attachment ${attachmentId} is: ${describeError(cause)}`, cause);
  }
  if (attachment === undefined) return { kind: 'no-attachment' };
  if (attachment.instanceId === undefined) return { kind: 'stock' };
  return await ownerOfInstance(cloud, attachment.instanceId, requestId);
}

/**
 * Decides whose the attachments of an instance are.
 *
 * @throws CinderFault 503 when that can't be decided
 */
export async function ownerOfInstance(cloud: CloudView, instanceId: string, requestId: string): Promise<Ownership> {
  let extraSpecs: Awaited<ReturnType<CloudView['flavorExtraSpecs']>>;
  try {
    extraSpecs = await cloud.flavorExtraSpecs(instanceId, requestId);
  } catch (cause) {
    throw undecidable(`Nova did not tell the flavor of instance ${instanceId}: ${describeError(cause)}`, cause);
  }
  if (extraSpecs === undefined) {
    throw undecidable(
      `Nova does not know instance ${instanceId}, or does not show it to the hook's service user, who needs the role admin.`,
    );
  }
  const decision = decide(extraSpecs);
  if (decision.kind === 'refused') {
    return { kind: 'refused', message: decision.refusals.map((refusal) => refusal.message).join(' ') };
  }
  return decision;
}

function undecidable(why: string, cause?: unknown): CinderFault {
  const sentence = /[.!]$/.test(why) ? why : `${why}.`;
  return new CinderFault(
    503,
    `The compute hook can't decide whether this volume goes through an I/O host; nothing was changed. ${sentence}`,
    cause,
  );
}
