import type { EndpointInterface } from '../../auth/catalog.ts';
import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/identity/v3/#service-catalog-and-endpoints */
export interface Endpoint {
  readonly id: string;
  readonly serviceId: string;
  /** `public`, `internal` or `admin`. */
  readonly interface: string;
  readonly region: string | undefined;
  /** As the operator wrote it, for instance with `%(project_id)s`. */
  readonly url: string;
  readonly enabled: boolean;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface EndpointFilter {
  readonly serviceId?: string | undefined;
  readonly interface?: EndpointInterface | undefined;
  readonly region?: string | undefined;
}

export interface EndpointCreate {
  readonly serviceId: string;
  readonly interface: EndpointInterface;
  readonly url: string;
  readonly region?: string | undefined;
  readonly enabled?: boolean | undefined;
}
