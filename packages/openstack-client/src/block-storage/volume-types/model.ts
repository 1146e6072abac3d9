import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/block-storage/v3/#volume-types-types */
export interface VolumeType {
  readonly id: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly isPublic: boolean;
  /** Undefined: the token may not see them. */
  readonly extraSpecs: Readonly<Record<string, string>> | undefined;
  /** Undefined: none, or the token may not see it. */
  readonly qosSpecsId: string | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface VolumeTypeFilter {
  /** `none`: public and private ones; only admins may. Undefined: those that the project may use. */
  readonly isPublic?: boolean | 'none' | undefined;
}

export interface VolumeTypeCreate {
  readonly name: string;
  readonly description?: string | undefined;
  /** Default true. */
  readonly isPublic?: boolean | undefined;
  readonly extraSpecs?: Readonly<Record<string, string>> | undefined;
}

export interface VolumeTypeUpdate {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly isPublic?: boolean | undefined;
}

/** How volumes of a type are encrypted. @see https://docs.openstack.org/api-ref/block-storage/v3/#create-an-encryption-type */
export interface VolumeTypeEncryption {
  /** For instance `luks`. */
  readonly provider: string;
  readonly controlLocation: 'front-end' | 'back-end';
  /** For instance `aes-xts-plain64`. */
  readonly cipher: string | undefined;
  readonly keySizeBits: number | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface VolumeTypeEncryptionCreate {
  /** `luks` or `luks2`. */
  readonly provider: string;
  readonly controlLocation: 'front-end' | 'back-end';
  /** For instance `aes-xts-plain64`. */
  readonly cipher?: string | undefined;
  readonly keySizeBits?: number | undefined;
}
