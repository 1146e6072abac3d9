import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/compute/#hypervisors-os-hypervisors */
export interface Hypervisor {
  readonly id: string;
  readonly hostname: string;
  /** `up` or `down`. */
  readonly state: string;
  /** `enabled` or `disabled`. */
  readonly status: string;
  /** For instance `QEMU`. */
  readonly type: string;
  readonly hostIp: string | undefined;
  /** Of its nova-compute. */
  readonly serviceId: string;
  /** Compute host that servers name. */
  readonly serviceHost: string;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

/** Until 2.87 Nova tells also what it counts; from 2.88 on Placement is the place to ask. */
export interface CountedHypervisor extends Hypervisor {
  readonly vcpus: number;
  readonly vcpusUsed: number;
  readonly memoryMiB: number;
  readonly memoryUsedMiB: number;
  readonly runningServers: number;
}

export interface HypervisorSince288 extends Hypervisor {
  /** As `uptime` prints it; undefined: it is down or can't tell. */
  readonly uptime: string | undefined;
}

/** What a hypervisor shows, by the microversion that was asked for. */
export interface HypervisorsByMicroversion {
  readonly '2.53': CountedHypervisor;
  readonly '2.88': HypervisorSince288;
}

export type HypervisorMicroversion = keyof HypervisorsByMicroversion;
