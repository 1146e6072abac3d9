import type { AttachmentStatus } from '@iorcl/api';
import type { QosLimits } from '@iorcl/iohyp-driver';
import type { TenantNetwork } from '@iorcl/vlan-netlink';
import * as z from 'zod';

/** The steps of an attachment, in the order in which they are done. */
export const stepNames = ['connect', 'address', 'plug', 'open', 'interpose', 'check', 'export', 'grant'] as const;
export type StepName = (typeof stepNames)[number];

/** `doing` and `undoing` are journalled before, `done` and `undone` after: a crash leaves the former. */
export type StepState = 'doing' | 'done' | 'undoing' | 'undone';

/** A tenant network that can be reached from here: so far, those of type VLAN. A {@link TenantNetwork}. */
export interface VlanNetwork {
  readonly networkId: string;
  readonly type: 'vlan';
  readonly physicalNetwork: string;
  readonly segmentationId: number;
}

/** What was decided before anything changed. */
export interface Plan {
  readonly attachmentId: string;
  readonly instanceId: string;
  readonly volumeId: string;
  /**
   * Attachment whose opened volume and export this one uses: its own, or during a live migration, when one volume has two
   * attachments of one instance, that of the first. What is shared ends with the last that uses it.
   */
  readonly carrier: string;
  /** Cinder's size in bytes. */
  readonly sizeBytes: number;
  /** The volume is encrypted by LUKS; its key is the key manager's of this id. */
  readonly encryptionKeyId?: string | undefined;
  /** Limits that the instance's flavor sets for each of its disks. They hold beside those of the volume. */
  readonly flavorLimits?: QosLimits | undefined;
  /** Cinder lets several instances have the volume at once, and write to it. Each has a data plane of its own. */
  readonly multiattach?: boolean | undefined;
  readonly mode: 'host';
  readonly computeHost: string;
  readonly mountpoint?: string | undefined;
  readonly network: VlanNetwork;
}

/** What Cinder answered to our connector. Holds storage credentials: journalled, never logged, never answered. */
export interface CinderFacts {
  readonly connectionInfo: Readonly<Record<string, unknown>>;
  /** The attachment as Cinder answered it, without connection_info. */
  readonly attachment: Readonly<Record<string, unknown>>;
  readonly accessMode: 'rw' | 'ro';
  readonly qosSpecs: Readonly<Record<string, unknown>> | null;
  readonly cacheable: boolean;
}

/** A Neutron port that reserves the addresses of this I/O host on a tenant network. */
export interface ExportPort {
  readonly id: string;
  /** With prefix lengths: `10.0.0.5/24`. */
  readonly addresses: readonly string[];
}

/** By which names the client of a grant finds the export, where the driver speaks NVMe. */
export interface NvmeFacts {
  readonly subsystemNqn: string;
  readonly namespaceUuid: string;
  readonly hostNqn: string;
}

/** What the steps found out and later ones need. */
export interface Facts {
  readonly cinder?: CinderFacts | undefined;
  /** Undefined: exports have the link-local address only. */
  readonly exportPort?: ExportPort | undefined;
  /** What clients see: without the header of an encrypted volume. */
  readonly exportedBytes?: number | undefined;
  /** Address of the I/O host inside the tenant's network: the one reserved in Neutron, or else the link-local one. */
  readonly address?: string | undefined;
  /** By which compute hosts reach it: they have no address of the tenant's subnets. Undefined in old journals: `address`. */
  readonly linkLocal?: string | undefined;
  /** Undefined: clients speak NBD. */
  readonly nvme?: NvmeFacts | undefined;
}

/** The right of one client to use the export. The secret is never logged. */
export interface Grant {
  readonly client: string;
  readonly identity: string;
  readonly secretHex: string;
}

export interface Fault {
  readonly code: string;
  readonly message: string;
}

/** One attachment as the journal holds it. */
export interface AttachmentRecord {
  readonly plan: Plan;
  readonly ioHost: string;
  readonly driver: string;
  /** What is wanted: `attach` or, once its removal began, `detach`. There is no way back from `detach`. */
  readonly intent: 'attach' | 'detach';
  readonly status: AttachmentStatus;
  readonly fault: Fault | null;
  readonly steps: ReadonlyMap<StepName, StepState>;
  readonly facts: Facts;
  /** TCP port on which the instance's exports are reached. */
  readonly port: number;
  readonly grant: Grant;
  /** Its instance is gone, so nobody but us will delete its attachment in Cinder. */
  readonly orphaned: boolean;
  /** Limits that an operator gave instead of Cinder's. */
  readonly qos?: QosLimits | undefined;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const networkSchema: z.ZodType<VlanNetwork> = z.object({
  networkId: z.string(),
  type: z.literal('vlan'),
  physicalNetwork: z.string(),
  segmentationId: z.int(),
});

const rates = {
  iopsTotal: z.number().exactOptional(),
  iopsRead: z.number().exactOptional(),
  iopsWrite: z.number().exactOptional(),
  bytesPerSecondTotal: z.number().exactOptional(),
  bytesPerSecondRead: z.number().exactOptional(),
  bytesPerSecondWrite: z.number().exactOptional(),
};

/** {@link QosLimits} as the journal holds them. */
export const qosSchema: z.ZodType<QosLimits> = z.object({
  ...rates,
  burst: z.object(rates).exactOptional(),
  burstSeconds: z.number().exactOptional(),
  iopsUnitBytes: z.number().exactOptional(),
});

/** Plans of before live migration have no carrier: each carried itself. */
export const planSchema: z.ZodType<Plan> = z
  .object({
    attachmentId: z.string(),
    instanceId: z.string(),
    volumeId: z.string(),
    carrier: z.string().optional(),
    sizeBytes: z.int().positive(),
    encryptionKeyId: z.string().optional(),
    flavorLimits: qosSchema.optional(),
    multiattach: z.boolean().optional(),
    mode: z.literal('host'),
    computeHost: z.string(),
    mountpoint: z.string().optional(),
    network: networkSchema,
  })
  .transform((plan) => ({ ...plan, carrier: plan.carrier ?? plan.attachmentId }));

const unknownRecord = z.record(z.string(), z.unknown());

export const factsSchema: z.ZodType<Facts> = z.object({
  cinder: z
    .object({
      connectionInfo: unknownRecord,
      attachment: unknownRecord,
      accessMode: z.enum(['rw', 'ro']),
      qosSpecs: unknownRecord.nullable(),
      cacheable: z.boolean(),
    })
    .optional(),
  exportPort: z.object({ id: z.string(), addresses: z.array(z.string()) }).optional(),
  exportedBytes: z.int().optional(),
  address: z.string().optional(),
  linkLocal: z.string().optional(),
  nvme: z.object({ subsystemNqn: z.string(), namespaceUuid: z.string(), hostNqn: z.string() }).optional(),
});

/** Tenant networks are told apart by their segment, so this is also what serialises work on one. */
export function networkKey(network: TenantNetwork): string {
  return `${network.type}:${network.physicalNetwork ?? '-'}:${network.segmentationId ?? '-'}`;
}
