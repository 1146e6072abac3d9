import type { InstanceState } from '@iorcl/iohyp-driver';
import type { PluggedNetwork } from '@iorcl/vlan-netlink';
import type { AttachmentRecord } from '../attachment/record.ts';
import type { Examination } from '../attachment/runner.ts';
import type { ConnectedAttachment, ExportPortView } from '../cloud/contract.ts';

/** What the cloud says of something; `unknown` where it didn't answer, from which nothing follows. */
export type Presence = 'present' | 'gone' | 'unknown';

/** One attachment of the journal, and what was found of it. */
export interface ObservedAttachment {
  readonly record: AttachmentRecord;
  /** Something is being done with it right now: what was found is no longer true when it is read. */
  readonly busy: boolean;
  readonly examination: Examination;
  /** Whether Cinder has the attachment. */
  readonly cinder: Presence;
  /** Whether Nova has the instance. */
  readonly instance: Presence;
  /** Cinder's size of the volume, where it was told. */
  readonly cinderBytes: number | undefined;
  /** Nova's attachment of this volume; `none`: Nova has the instance without that volume. */
  readonly novaAttachment: string | 'none' | 'unknown';
}

/** A volume that Nova attached to one of our instances without us. */
export interface ForeignVolume {
  readonly instanceId: string;
  readonly volumeId: string;
  readonly attachmentId: string;
  /** The host that Cinder's attachment names. */
  readonly host: string;
}

/** A data plane that couldn't be looked into. */
export interface SilentDataPlane {
  readonly instanceId: string;
  readonly why: string;
}

/** The world as one pass of the reconciler saw it. */
export interface Observation {
  readonly attachments: readonly ObservedAttachment[];
  readonly dataPlane: readonly InstanceState[];
  /** Instances of which only files are left. */
  readonly deadDataPlanes: readonly string[];
  readonly silentDataPlanes: readonly SilentDataPlane[];
  readonly networks: readonly PluggedNetwork[];
  readonly kernelLeftovers: readonly string[];
  /** Undefined: Neutron wasn't asked, or didn't answer. */
  readonly exportPorts: readonly ExportPortView[] | undefined;
  readonly foreignVolumes: readonly ForeignVolume[];
  /** What Cinder has connected to this host, and the journal doesn't know; still so when it was asked again. */
  readonly strangers: readonly ConnectedAttachment[];
  readonly unanswered: readonly string[];
}
