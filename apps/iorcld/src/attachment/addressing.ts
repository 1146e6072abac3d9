import type { NetworkPort } from '../cloud/contract.ts';
import type { AttachmentRecord, Facts } from './record.ts';
import type { StepCall } from './step.ts';

/** How this host gets its address on a tenant network. */
export interface Addressing {
  /** Idempotent. Answers what the plug and the exports need to know. */
  reserve(record: AttachmentRecord, call: StepCall): Promise<Facts>;
  release(record: AttachmentRecord, call: StepCall): Promise<void>;
  differences(record: AttachmentRecord, expected: 'done' | 'undone', call: StepCall): Promise<readonly string[]>;
}

/** The address that the link has by itself: nothing is reserved, and every tenant network has the same. */
export const linkLocalAddressing: Addressing = {
  reserve: async () => ({}),
  release: async () => {},
  differences: async () => [],
};

/** Under which whoever reserves or gives back addresses on a Neutron network has its turn. */
export function addressLock(networkId: string): string {
  return `addresses:${networkId}`;
}

/** By which iorcl's ports are known in Neutron. */
export const EXPORT_DEVICE_OWNER = 'iorcl:export';

export interface NeutronPortAddressingOptions {
  readonly neutron: NetworkPort;
  /** This I/O host's name: the port's `binding:host_id`. */
  readonly host: string;
  /** Whether another attachment of this host is on the same network. */
  readonly networkInUse: (record: AttachmentRecord) => boolean;
}

/**
 * A Neutron port per tenant network, `device_owner` {@link EXPORT_DEVICE_OWNER}, reserves an address of the tenant's subnets, so that
 * Neutron gives it to nobody else. Exports listen there as well. It goes with the network's last export.
 */
export function neutronPortAddressing({ neutron, host, networkInUse }: NeutronPortAddressingOptions): Addressing {
  const device = (networkId: string): string => `${host}/${networkId}`;
  const existing = async ({ plan }: AttachmentRecord, call: StepCall) => {
    const { networkId } = plan.network;
    const ports = await neutron.exportPorts({ deviceId: device(networkId), deviceOwner: EXPORT_DEVICE_OWNER }, call);
    return ports.filter((port) => port.networkId === networkId).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  };
  return {
    reserve: async (record, call) => {
      const { networkId } = record.plan.network;
      const [found] = await existing(record, call);
      const port =
        found ??
        (await neutron.createExportPort(
          { networkId, host, deviceId: device(networkId), deviceOwner: EXPORT_DEVICE_OWNER },
          call,
        ));
      if (port.addresses.length === 0) {
        if (!networkInUse(record)) await neutron.deletePort(port.id, call);
        throw new Error(
          `Neutron gave port ${port.id} on network ${networkId} no address: has the network a subnet with free addresses? With address_mode = link-local none is needed`,
        );
      }
      return { exportPort: { id: port.id, addresses: port.addresses } };
    },
    release: async (record, call) => {
      if (networkInUse(record)) return;
      for (const { id } of await existing(record, call)) await neutron.deletePort(id, call);
    },
    differences: async (record, expected, call) => {
      const ports = await existing(record, call);
      if (expected === 'undone') {
        return networkInUse(record) ? [] : ports.map(({ id }) => `Neutron port ${id} is still there`);
      }
      const reserved = record.facts.exportPort;
      if (reserved === undefined) return ['no address is reserved in Neutron'];
      const port = ports.find(({ id }) => id === reserved.id);
      if (port === undefined) return [`Neutron port ${reserved.id} is gone`];
      const same = port.addresses.join() === reserved.addresses.join();
      return same
        ? []
        : [`Neutron port ${port.id} has ${port.addresses.join()}, expected ${reserved.addresses.join()}`];
    },
  };
}
