import { randomBytes, randomUUID } from 'node:crypto';
import type { FakeNetwork, FakePort } from './model.ts';

export interface NewNetwork {
  readonly name: string;
  /** Default `vlan`. */
  readonly type?: string | undefined;
  readonly physicalNetwork?: string | undefined;
  readonly segmentationId?: number | undefined;
  /** IPv4, /24. Default 10.0.0.0/24: tenants may overlap. Null: ports get no address. */
  readonly cidr?: string | null | undefined;
  /** Name. Default: the admin's; networks are shared by all. */
  readonly project?: string | undefined;
}

/** Neutron's tables. */
export class NeutronDatabase {
  readonly #networks = new Map<string, FakeNetwork>();
  readonly #ports = new Map<string, FakePort>();

  addNetwork(network: NewNetwork, projectId: string): FakeNetwork {
    const row: FakeNetwork = {
      id: randomUUID(),
      name: network.name,
      type: network.type ?? 'vlan',
      physicalNetwork: network.physicalNetwork,
      segmentationId: network.segmentationId,
      subnetId: randomUUID(),
      cidr: network.cidr === null ? '' : (network.cidr ?? '10.0.0.0/24'),
      projectId,
    };
    this.#networks.set(row.id, row);
    return row;
  }

  network(id: string): FakeNetwork | undefined {
    return this.#networks.get(id);
  }

  networks(): FakeNetwork[] {
    return [...this.#networks.values()];
  }

  /** A bound port; its address is the next one free from .50 on. */
  addPort(network: FakeNetwork, deviceId: string, projectId: string, hostId: string | undefined): FakePort {
    const prefix = network.cidr.split('.').slice(0, 3).join('.');
    const used = this.ports().filter((port) => port.networkId === network.id).length;
    const port: FakePort = {
      id: randomUUID(),
      networkId: network.id,
      macAddress: `fa:16:3e:${[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`,
      fixedIps: network.cidr === '' ? [] : [{ subnetId: network.subnetId, ipAddress: `${prefix}.${50 + used}` }],
      deviceId,
      projectId,
      hostId,
    };
    this.#ports.set(port.id, port);
    return port;
  }

  ports(): FakePort[] {
    return [...this.#ports.values()];
  }

  bindPortsOf(deviceId: string, hostId: string | undefined): void {
    for (const port of this.ports()) if (port.deviceId === deviceId) this.#ports.set(port.id, { ...port, hostId });
  }

  removePortsOf(deviceId: string): void {
    for (const port of this.ports()) if (port.deviceId === deviceId) this.#ports.delete(port.id);
  }
}
