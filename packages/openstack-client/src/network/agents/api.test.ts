import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const agent = { id: 'a', agent_type: 'DHCP agent', binary: 'neutron-dhcp-agent', host: 'node', alive: true };

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'agent get': {
    call: ({ network: n }) => n.agents.get('a'),
    request: 'GET network/agents/a',
    answer: { agent },
    gives: { type: 'DHCP agent', configurations: {} },
  },
  'agent list': {
    call: ({ network: n }) => n.agents.list({ alive: true, type: 'DHCP agent' }),
    request: 'GET network/agents?agent_type=DHCP agent&alive=true',
    answer: { agents: [agent] },
    gives: [{ host: 'node' }],
  },
  'agent update': {
    call: ({ network: n }) => n.agents.setAdminStateUp('a', false),
    request: 'PUT network/agents/a',
    sends: { agent: { admin_state_up: false } },
    answer: { agent },
    gives: { id: 'a' },
  },
  'agent delete': { call: ({ network: n }) => n.agents.delete('a'), request: 'DELETE network/agents/a' },
};

it.each(Object.entries(CALLS))('%s is the call of the Network API', (_, call) => expectCall(call));
