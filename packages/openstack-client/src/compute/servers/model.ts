import type { WireRecord } from '../../wire/record.ts';

/** The flavor as it was when the server was built (it is embedded from microversion 2.47). */
export interface ServerFlavor {
  readonly name: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  /** Undefined: the token may not see extra specs (policy), so nothing is known about them. */
  readonly extraSpecs: Readonly<Record<string, string>> | undefined;
}

/** @see https://docs.openstack.org/api-ref/compute/#show-server-details */
export interface Server {
  readonly id: string;
  readonly name: string;
  /** `ACTIVE`, `BUILD`, `ERROR`, `SHUTOFF`, … */
  readonly status: string;
  /** What is being done with it, for instance `deleting`. */
  readonly taskState: string | undefined;
  readonly projectId: string;
  readonly flavor: ServerFlavor;
  /** Compute host; only admins see it. */
  readonly host: string | undefined;
  /** Why it is in `ERROR`. */
  readonly faultMessage: string | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface ServerCreate {
  readonly name: string;
  readonly flavorId: string;
  /** Without it the server boots from the first of `volumeIds`. */
  readonly imageId?: string | undefined;
  /** `none`: without network. */
  readonly networks: readonly { readonly networkId?: string; readonly portId?: string }[] | 'none';
  /** Volumes it has from its birth. */
  readonly volumeIds?: readonly string[] | undefined;
  readonly availabilityZone?: string | undefined;
}

export interface ServerFilter {
  readonly name?: string | undefined;
  /** Compute host; only admins may. */
  readonly host?: string | undefined;
  /** Only admins may. */
  readonly allProjects?: boolean | undefined;
}
