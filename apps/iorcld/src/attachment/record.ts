import type { AttachmentStatus } from '@iorcl/api';
import type { TenantNetwork } from '@iorcl/vlan-netlink';
import * as z from 'zod';

/** The steps of an attachment, in the order in which they are done. */
export const stepNames = ['connect', 'plug', 'open', 'check', 'interpose', 'export', 'grant'] as const;
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
  /** Cinder's size in bytes. */
  readonly sizeBytes: number;
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

/** What the steps found out and later ones need. */
export interface Facts {
  readonly cinder?: CinderFacts | undefined;
  /** Address of the I/O host inside the tenant's network. */
  readonly address?: string | undefined;
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
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const networkSchema: z.ZodType<VlanNetwork> = z.object({
  networkId: z.string(),
  type: z.literal('vlan'),
  physicalNetwork: z.string(),
  segmentationId: z.int(),
});

export const planSchema: z.ZodType<Plan> = z.object({
  attachmentId: z.string(),
  instanceId: z.string(),
  volumeId: z.string(),
  sizeBytes: z.int().positive(),
  mode: z.literal('host'),
  computeHost: z.string(),
  mountpoint: z.string().optional(),
  network: networkSchema,
});

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
  address: z.string().optional(),
});

/** Tenant networks are told apart by their segment, so this is also what serialises work on one. */
export function networkKey(network: TenantNetwork): string {
  return `${network.type}:${network.physicalNetwork ?? '-'}:${network.segmentationId ?? '-'}`;
}
