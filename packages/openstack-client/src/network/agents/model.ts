import type { WireRecord } from '../../wire/record.ts';

/** A daemon of Neutron's on a host. @see https://docs.openstack.org/api-ref/network/v2/#agents */
export interface Agent {
  readonly id: string;
  /** For instance `Open vSwitch agent`. */
  readonly type: string;
  /** For instance `neutron-openvswitch-agent`. */
  readonly binary: string;
  readonly host: string;
  /** Whether it has been heard of lately. */
  readonly alive: boolean;
  readonly adminStateUp: boolean;
  /** What it reports about itself, for instance `bridge_mappings`. */
  readonly configurations: WireRecord;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface AgentFilter {
  readonly host?: string | undefined;
  readonly type?: string | undefined;
  readonly binary?: string | undefined;
  readonly alive?: boolean | undefined;
}
