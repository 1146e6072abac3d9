import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/block-storage/v3/#quality-of-service-qos-specifications-qos-specs */
export interface QosSpecs {
  readonly id: string;
  readonly name: string;
  /** Who enforces them. */
  readonly consumer: 'front-end' | 'back-end' | 'both';
  /** For instance `total_iops_sec`. */
  readonly specs: Readonly<Record<string, string>>;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface QosSpecsCreate {
  readonly name: string;
  /** Default `back-end`. */
  readonly consumer?: 'front-end' | 'back-end' | 'both' | undefined;
  readonly specs?: Readonly<Record<string, string>> | undefined;
}
