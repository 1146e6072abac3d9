import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/compute/#show-flavor-details */
export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly diskGiB: number;
  readonly ephemeralGiB: number;
  readonly isPublic: boolean;
  readonly description: string | undefined;
  /** Undefined: the token may not see extra specs. */
  readonly extraSpecs: Readonly<Record<string, string>> | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface FlavorCreate {
  readonly name: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly diskGiB: number;
  readonly ephemeralGiB?: number | undefined;
  readonly swapMiB?: number | undefined;
  /** Default true. */
  readonly isPublic?: boolean | undefined;
  readonly description?: string | undefined;
  /** Undefined: Nova makes one. */
  readonly id?: string | undefined;
}

export interface FlavorFilter {
  /** `none`: public and private ones; only admins may. Undefined: those that the project may use. */
  readonly isPublic?: boolean | 'none' | undefined;
  readonly minDiskGiB?: number | undefined;
  readonly minRamMiB?: number | undefined;
}
