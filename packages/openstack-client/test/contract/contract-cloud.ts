import type { OpenStackClient, PasswordAuthOptions } from '../../src/index.ts';

/** What a contract test may know of the cloud that it runs on, real or fake. */
export interface ContractCloud {
  readonly kind: 'real' | 'fake';
  /** An ordinary member of a project. */
  readonly member: OpenStackClient;
  /** Role admin, in another project. */
  readonly admin: OpenStackClient;
  /** A service's user: roles admin and service. */
  readonly service: OpenStackClient;
  readonly credentials: Readonly<Record<'member' | 'admin' | 'service', Credentials>>;
  /** Names of what is there before a test begins. */
  readonly names: CloudNames;
  /** Ends and starts a nova-compute. Undefined: this cloud's can't be. */
  readonly restartCompute: ((host: string) => Promise<void>) | undefined;
  uniqueName(): string;
  /** Undone after all tests of the file, the last one first. That it is gone already is no failure. */
  cleanUp(undo: () => Promise<unknown>): void;
}

export type Credentials = PasswordAuthOptions & { readonly username: string; readonly projectName: string };

export interface CloudNames {
  /** A flavor without extra specs. */
  readonly flavor: string;
  /** A flavor with the extra spec io:enabled=1. */
  readonly ioFlavor: string;
  /** A small image that everyone may boot. */
  readonly image: string;
  /** A VLAN network that everyone may use, with an IPv4 subnet. */
  readonly network: string;
  /** The type of volumes made without one. */
  readonly volumeType: string;
  /** Availability zone with two compute hosts or more that servers without network can move between. */
  readonly zoneOfMovers: string;
}
