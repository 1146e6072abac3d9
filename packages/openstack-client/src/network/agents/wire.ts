import type { WireReader } from '../../wire/reader.ts';
import type { Agent } from './model.ts';

export function parseAgent(agent: WireReader): Agent {
  return {
    id: agent.string('id'),
    type: agent.string('agent_type'),
    binary: agent.string('binary'),
    host: agent.string('host'),
    alive: agent.boolean('alive'),
    adminStateUp: agent.booleanOr('admin_state_up', true),
    configurations: agent.optionalObject('configurations')?.raw ?? {},
    raw: agent.raw,
  };
}
