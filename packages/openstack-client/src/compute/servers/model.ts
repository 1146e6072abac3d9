import type { WireRecord } from '../../wire/record.ts';

/** The flavor as it was when the server was built (it is embedded from microversion 2.47). */
export interface ServerFlavor {
  readonly name: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  /** Undefined: the token may not see extra specs (policy), so nothing is known about them. */
  readonly extraSpecs: Readonly<Record<string, string>> | undefined;
}

export interface ServerAddress {
  /** Name of the network. */
  readonly network: string;
  readonly address: string;
  readonly version: 4 | 6;
  /** `fixed` or `floating`. */
  readonly type: string | undefined;
  readonly macAddress: string | undefined;
}

/** @see https://docs.openstack.org/api-ref/compute/#show-server-details */
export interface Server {
  readonly id: string;
  readonly name: string;
  /** `ACTIVE`, `BUILD`, `ERROR`, `SHUTOFF`, … */
  readonly status: string;
  /** What is being done with it, for instance `deleting`. */
  readonly taskState: string | undefined;
  /** `active`, `building`, `stopped`, … */
  readonly vmState: string | undefined;
  readonly projectId: string;
  readonly userId: string | undefined;
  readonly flavor: ServerFlavor;
  /** Undefined: it boots from a volume. */
  readonly imageId: string | undefined;
  readonly addresses: readonly ServerAddress[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly keyName: string | undefined;
  readonly availabilityZone: string | undefined;
  /** Volumes that Nova attaches or has attached. */
  readonly volumeIds: readonly string[];
  readonly createdAt: Date | undefined;
  readonly updatedAt: Date | undefined;
  /** Compute host; only admins see it. */
  readonly host: string | undefined;
  /** As libvirt knows it, for instance `instance-00000001`; only admins see it. */
  readonly instanceName: string | undefined;
  /** Why it is in `ERROR`. */
  readonly faultMessage: string | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface ServerSince263 extends Server {
  readonly trustedImageCertificates: readonly string[];
}

export interface ServerSince271 extends ServerSince263 {
  /** Ids of its server groups; undefined in lists. */
  readonly serverGroupIds: readonly string[] | undefined;
}

export interface ServerSince273 extends ServerSince271 {
  /** Why it is locked; undefined: it isn't, or nobody said. */
  readonly lockedReason: string | undefined;
}

export interface ServerSince296 extends ServerSince273 {
  /** The zone that its creator asked for; undefined: any. */
  readonly pinnedAvailabilityZone: string | undefined;
}

/** What a server shows, by the microversion that was asked for. */
export interface ServersByMicroversion {
  readonly '2.47': Server;
  readonly '2.63': ServerSince263;
  readonly '2.71': ServerSince271;
  readonly '2.73': ServerSince273;
  readonly '2.96': ServerSince296;
}

export type ServerMicroversion = keyof ServersByMicroversion;

export interface ServerFilter {
  /** Found anywhere in the name: Nova takes it for a regular expression. */
  readonly name?: string | undefined;
  readonly status?: string | undefined;
  readonly flavorId?: string | undefined;
  readonly imageId?: string | undefined;
  /** Compute host; only admins may. */
  readonly host?: string | undefined;
  /** With `allProjects` only. */
  readonly projectId?: string | undefined;
  readonly changedSince?: Date | undefined;
  /** Only admins may. */
  readonly allProjects?: boolean | undefined;
}

export interface ServerUpdate {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
}
