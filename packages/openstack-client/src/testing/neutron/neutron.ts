import { isRecord, type WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import type { FakeServiceDefinition } from '../http/fake-service.ts';
import { Fault } from '../http/fault.ts';
import type { RouteTable } from '../http/routes.ts';
import { isAdmin } from '../keystone/model.ts';
import type { NeutronDatabase } from './database.ts';
import type { FakeAgent } from './model.ts';
import { networkRoutes } from './networks.ts';
import { portRoutes } from './ports.ts';
import { disallowed } from './resource.ts';
import { securityGroupRoutes } from './security-groups.ts';
import { subnetRoutes } from './subnets.ts';
import { booleanOr } from './values.ts';

/** Neutron v2.0: networks, subnets, ports, security groups, agents. No packet is moved. */
export function neutron(database: NeutronDatabase): FakeServiceDefinition {
  return {
    name: 'network',
    isPublic: (_, path) => path === '/',
    faultBody: ({ kind, message }) => ({ NeutronError: { type: kind, message, detail: '' } }),
    routes: {
      'GET /': (request) => ({
        status: 200,
        body: {
          versions: [{ id: 'v2.0', status: 'CURRENT', links: [{ rel: 'self', href: `${request.origin}/v2.0/` }] }],
        },
      }),
      ...networkRoutes(database),
      ...subnetRoutes(database),
      ...portRoutes(database),
      ...securityGroupRoutes(database),
      ...agentRoutes(database),
    },
  };
}

/** `/agents`: one on each compute host; users see none. */
function agentRoutes({ agents }: NeutronDatabase): RouteTable {
  const existing = (request: FakeRequest, id: string): FakeAgent => {
    const agent = isAdmin(request.token) ? agents.get(id) : undefined;
    if (agent === undefined) throw new Fault(404, 'AgentNotFound', `Agent ${id} could not be found.`);
    return agent;
  };
  const fits = (request: FakeRequest, item: WireRecord): boolean =>
    [...request.query].every(([name, value]) => !(name in item) || String(item[name]) === value);
  return {
    'GET /v2.0/agents': (request) => {
      const found = isAdmin(request.token) ? agents.all().map(writeAgent) : [];
      return { status: 200, body: { agents: found.filter((agent) => fits(request, agent)) } };
    },
    'GET /v2.0/agents/:id': (request, parameter) => ({
      status: 200,
      body: { agent: writeAgent(existing(request, parameter('id'))) },
    }),
    'PUT /v2.0/agents/:id': (request, parameter) => {
      const before = existing(request, parameter('id'));
      const fields = isRecord(request.body) && isRecord(request.body['agent']) ? request.body['agent'] : {};
      const adminStateUp = booleanOr(fields, 'admin_state_up', before.adminStateUp);
      return { status: 200, body: { agent: writeAgent(agents.save({ ...before, adminStateUp })) } };
    },
    'DELETE /v2.0/agents/:id': (request, parameter) => {
      if (!isAdmin(request.token)) throw disallowed('rule:delete_agent');
      agents.delete(existing(request, parameter('id')).id);
      return { status: 204 };
    },
  };
}

function writeAgent(agent: FakeAgent): WireRecord {
  const time = '2026-01-01 00:00:00';
  return {
    id: agent.id,
    agent_type: agent.type,
    binary: agent.binary,
    topic: 'N/A',
    host: agent.host,
    admin_state_up: agent.adminStateUp,
    ...{ created_at: time, started_at: time, heartbeat_timestamp: time },
    ...{ description: null, resources_synced: null, availability_zone: null, alive: true },
    configurations: { bridge_mappings: { physnet1: 'br-phys1', physnet2: 'br-phys2' } },
  };
}
