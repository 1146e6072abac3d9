import { createHash } from 'node:crypto';
import { OvsdbClient, type OvsdbRow } from '../../src/index.ts';
import { startSwitch, whyNoOvs } from '../open-vswitch/real-switch.ts';
import { ovsWorldOf, portNames } from './ovs-world.ts';
import type { HostName, PhysicalWorldMaker } from './physical-world.ts';

/** Ports that nobody has connected yet are in this VLAN, as Neutron's agent has it (DEAD_VLAN_TAG). */
const DEAD_VLAN = 4095;

function ifaceId(row: OvsdbRow): string | undefined {
  return /"iface-id","([^"]+)"/.exec(JSON.stringify(row['external_ids']))?.[1];
}

/**
 * Does what Neutron's Open vSwitch agent does with the ports that it finds on the integration bridge: gives those of a
 * network a VLAN of the host's own choice.
 */
class NeutronAgent {
  readonly #client: OvsdbClient;
  /** As it is now: tests that kill a plug do not kill the agent. */
  readonly #transact: OvsdbClient['transact'];
  readonly #controller = new AbortController();
  readonly #networks = new Map<string, string>();
  readonly #localVlans = new Map<string, number>();
  readonly #done: Promise<void>;

  private constructor(client: OvsdbClient) {
    this.#client = client;
    this.#transact = client.transact.bind(client);
    this.#done = this.#watch().catch(() => undefined);
  }

  static async start(ovsdb: string): Promise<NeutronAgent> {
    return new NeutronAgent(await OvsdbClient.connect(ovsdb));
  }

  /** What Neutron's API would have told the agent about a port. */
  announce(portId: string, networkId: string): void {
    this.#networks.set(portId, networkId);
  }

  async stop(): Promise<void> {
    this.#controller.abort();
    this.#client.close();
    await this.#done;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#controller;
    for await (const changes of this.#client.monitor({ Interface: ['name', 'external_ids'] }, { signal })) {
      for (const change of changes) {
        if (change.kind === 'deleted') continue;
        const port = ifaceId(change.row);
        if (port !== undefined) await this.#connect(String(change.row['name']), this.#networks.get(port));
      }
    }
  }

  async #connect(name: string, network: string | undefined): Promise<void> {
    const tag = network === undefined ? DEAD_VLAN : (this.#localVlans.get(network) ?? this.#localVlans.size + 1);
    if (network !== undefined) this.#localVlans.set(network, tag);
    await this.#transact([{ op: 'update', table: 'Port', where: [['name', '==', name]], row: { tag } }]);
  }
}

const hash = (...parts: readonly string[]): string => createHash('sha256').update(parts.join('\0')).digest('hex');

/** One integration bridge for everything, and an agent that connects its ports. */
export const neutronPortWorld: PhysicalWorldMaker = {
  kind: 'neutron-port',
  whyNot: whyNoOvs,
  make: async () => {
    const real = await startSwitch();
    const { ovsdb, client } = real;
    const agent = await NeutronAgent.start(ovsdb);
    return {
      ...ovsWorldOf(real),
      targets: () => ({ '*': { kind: 'neutron-port', bridge: 'br-p1', ovsdb } }),
      portOf: (host: HostName, { networkId }, site) => {
        const digits = hash(host, networkId, site);
        const port = {
          id: digits.slice(0, 32),
          macAddress: `fa:16:3e:${digits.slice(0, 6).replaceAll(/..(?=.)/g, '$&:')}`,
        };
        agent.announce(port.id, networkId);
        return port;
      },
      // The agent answers a moment after the plug.
      connected: async ({ interfaceName }) => {
        await client.transact([
          {
            op: 'wait',
            timeout: 10_000,
            table: 'Port',
            where: [['name', '==', interfaceName]],
            columns: ['tag'],
            until: '!=',
            rows: [{ tag: ['set', []] }],
          },
        ]);
      },
      switchPorts: () => portNames(client),
      stop: async () => {
        await agent.stop();
        await real.stop();
      },
    };
  },
};
