import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/compute/#show-flavor-details */
export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly diskGiB: number;
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
  /** Undefined: Nova makes one. */
  readonly id?: string | undefined;
}
