import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/image/v2/#show-image */
export interface Image {
  readonly id: string;
  readonly name: string | undefined;
  /** `active`, `queued`, `saving`, … */
  readonly status: string;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}
