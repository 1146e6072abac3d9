import type { NeutronPort, PluggedNetwork, PlugTarget, TenantNetwork } from '../../src/tenant-network/contract.ts';

/** What two hosts' cables and switches are to a plug: two physical networks that reach both hosts. */
export interface PhysicalWorld {
  targets(host: HostName): Readonly<Record<string, PlugTarget>>;
  /** Brings the tenant network into being, as Neutron would. */
  addNetwork(network: TenantNetwork): Promise<void>;
  /** What a user of `ovs-vsctl` and the like would see beside links and namespaces. */
  switchPorts(): Promise<readonly string[]>;
  /** The Neutron port that a plug of this host needs; only where Neutron connects the network. */
  portOf?(host: HostName, network: TenantNetwork, site: string): NeutronPort;
  /** Waits until the plugged network reaches other hosts, where that comes after the plug. */
  connected?(plugged: PluggedNetwork): Promise<void>;
  /** Takes away what `targets` needs. */
  breakIt(network: TenantNetwork): Promise<void>;
  stop(): Promise<void>;
}

export type HostName = 'io' | 'compute';
export type PhysicalNetworkName = 'physnet1' | 'a physical network with a very long name: rack 7, Grüße';

export const physnet1: PhysicalNetworkName = 'physnet1';
export const physnet2: PhysicalNetworkName = 'a physical network with a very long name: rack 7, Grüße';

/** Makes the world in the thread's network namespace, which is the test's own. */
export interface PhysicalWorldMaker {
  readonly kind: PlugTarget['kind'];
  /** Of the kind, for titles. */
  readonly variant?: string;
  /** Why it cannot be made on this machine. */
  readonly whyNot: string | undefined;
  make(): Promise<PhysicalWorld>;
}

export function vlanNetwork(physicalNetwork: PhysicalNetworkName, segmentationId: number): TenantNetwork {
  const number = physicalNetwork === physnet1 ? 1 : 2;
  const id = `${number}${String(segmentationId).padStart(7, '0')}-0000-4000-8000-000000000000`;
  return { networkId: id, type: 'vlan', physicalNetwork, segmentationId };
}
