import {
  type DriverCapabilities,
  type InstanceState,
  type Interposer,
  limitsFromQosSpecs,
  type QosLimits,
  type VolumeKey,
  type VolumeState,
} from '@iorcl/iohyp-driver';
import type { AttachmentRecord, Facts } from './record.ts';

/** What the data plane knows of an attachment: nothing, its instance alone, or its opened volume as well. */
export interface ActualState {
  readonly instance?: InstanceState;
  readonly volume?: VolumeState;
}

/** Under which the driver has the attachment's volume. Attachments that share a volume share it. */
export function volumeKey({ plan }: AttachmentRecord): VolumeKey {
  return { instanceId: plan.instanceId, attachmentId: plan.carrier };
}

/** By which clients ask for the volume: the uuid of the attachment that carries it. */
export function exportName({ plan }: AttachmentRecord): string {
  return plan.carrier;
}

/**
 * What the client of a grant must know to find the export, besides address and port.
 *
 * @throws Error of a driver that speaks NVMe and doesn't tell
 */
export function namesOfExport({ nvme }: VolumeState, identity: string, { transport }: DriverCapabilities): Facts {
  if (transport !== 'nvme-tcp') return {};
  const hostNqn = nvme?.hostNqns[identity];
  if (nvme === undefined || hostNqn === undefined)
    throw new Error(`the driver doesn't name the export for ${identity}`);
  return { nvme: { subsystemNqn: nvme.subsystemNqn, namespaceUuid: nvme.namespaceUuid, hostNqn } };
}

/** Where an instance's exports listen: at every address of the tenant's namespace, where that has one of Neutron's. */
export function listenerAddress({ facts }: AttachmentRecord): string | undefined {
  return facts.linkLocal === undefined || facts.linkLocal === facts.address ? facts.address : '::';
}

export function isReadOnly(record: AttachmentRecord): boolean {
  return record.facts.cinder?.accessMode === 'ro';
}

/** The volume's own: what an operator has set, or else what Cinder says for its type. */
export function wantedLimits({ qos, facts }: AttachmentRecord): QosLimits {
  return qos ?? limitsFromQosSpecs(facts.cinder?.qosSpecs);
}

/**
 * The stages of an attachment, nearest to the backend first. Of a driver that can limit, every volume has a throttle next to
 * its export, so that limits may be given to it while it is in use. What its instance's flavor allows is a stage of its own:
 * a total and limits for reads and writes can't be one, and nobody may lift it from the volume's side.
 */
export function wantedInterposers(
  record: AttachmentRecord,
  supported: readonly Interposer['kind'][],
): readonly Interposer[] {
  const { encryptionKeyId, flavorLimits } = record.plan;
  const limits = wantedLimits(record);
  return [
    ...(encryptionKeyId === undefined ? [] : [{ kind: 'luks', key: { keyManagerId: encryptionKeyId } } as const]),
    ...(flavorLimits === undefined ? [] : [{ kind: 'throttle', ...flavorLimits } as const]),
    ...(supported.includes('throttle') || Object.keys(limits).length > 0
      ? [{ kind: 'throttle', ...limits } as const]
      : []),
  ];
}

/** The most that a LUKS 1 or LUKS 2 header takes from a volume, in bytes. */
const LARGEST_LUKS_HEADER = 32 * 1024 ** 2;

/**
 * What is wrong with the size that clients see; empty: nothing. Of an encrypted volume some of Cinder's drivers take the header
 * from the size, others (RBD, until the volume is extended) add it.
 */
export function sizeDifferences({ plan }: AttachmentRecord, actual: number | undefined): readonly string[] {
  if (actual === undefined) return ['the volume is not open, so its size is unknown'];
  if (plan.encryptionKeyId === undefined) {
    return actual === plan.sizeBytes ? [] : [`size in bytes is ${actual}, expected ${plan.sizeBytes}`];
  }
  const least = plan.sizeBytes - LARGEST_LUKS_HEADER;
  return actual <= plan.sizeBytes && actual >= least
    ? []
    : [
        `size in bytes is ${actual}, expected ${plan.sizeBytes}, or less by a LUKS header of at most ${LARGEST_LUKS_HEADER}`,
      ];
}

/** Whether limits are the same, whatever order they were written in. */
export function sameLimits(one: QosLimits | undefined, other: QosLimits): boolean {
  return JSON.stringify(sorted(one ?? {})) === JSON.stringify(sorted(other));
}

function sorted(value: object): unknown {
  return Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => [key, typeof one === 'object' && one !== null ? sorted(one) : one]);
}
