import type { CallOptions, ListOptions } from '../../call-options.ts';
import { Collection, flag } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { Agent, AgentFilter } from './model.ts';
import { parseAgent } from './wire.ts';

/** Only admins may. @see https://docs.openstack.org/api-ref/network/v2/#agents */
export class AgentsApi {
  readonly #all: Collection<Agent>;

  constructor(service: ServiceClient) {
    this.#all = new Collection(service, { path: ['agents'], one: 'agent', many: 'agents', parse: parseAgent });
  }

  get(id: string, options?: CallOptions): Promise<Agent> {
    return this.#all.get(id, options);
  }

  list(filter: AgentFilter = {}, options?: ListOptions): Listing<Agent> {
    const { host, type: agent_type, binary, alive } = filter;
    return this.#all.list({ host, agent_type, binary, alive: flag(alive) }, options);
  }

  /** Down: the schedulers give it nothing more to do. */
  setAdminStateUp(id: string, adminStateUp: boolean, options?: CallOptions): Promise<Agent> {
    return this.#all.update('PUT', id, { admin_state_up: adminStateUp }, options);
  }

  /** Forgets an agent that is gone for good. */
  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }
}
