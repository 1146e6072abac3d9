import type { WireRecord } from '../../wire/record.ts';

/** What Cinder tells a user about work that failed. @see https://docs.openstack.org/api-ref/block-storage/v3/#messages */
export interface Message {
  readonly id: string;
  /** Stable across releases and languages, for instance `VOLUME_VOLUME_001_002`. */
  readonly eventId: string;
  /** For instance `schedule allocate volume:Could not find any available weighted backend.` */
  readonly text: string;
  readonly level: string;
  /** For instance `VOLUME`; undefined: it is about nothing in particular. */
  readonly resourceType: string | undefined;
  readonly resourceId: string | undefined;
  readonly requestId: string | undefined;
  readonly createdAt: Date | undefined;
  /** Kept at least until then. */
  readonly guaranteedUntil: Date | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface MessageFilter {
  readonly resourceId?: string | undefined;
  readonly resourceType?: string | undefined;
  readonly eventId?: string | undefined;
  readonly requestId?: string | undefined;
}
