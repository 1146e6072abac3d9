import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const running = { id: 7, server_uuid: 's', status: 'running', memory_total_bytes: 10, memory_remaining_bytes: null };

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'server migration list': {
    call: ({ compute }) => compute.serverMigrations.list('s'),
    request: 'GET compute/servers/s/migrations',
    microversion: 'compute 2.65',
    answer: { migrations: [running] },
    gives: [{ memoryTotalBytes: 10, memoryRemainingBytes: undefined }],
  },
  'server migration abort': {
    call: ({ compute }) => compute.serverMigrations.abort('s', 7),
    request: 'DELETE compute/servers/s/migrations/7',
    microversion: 'compute 2.65',
  },
  'server migration force complete': {
    call: ({ compute }) => compute.serverMigrations.forceComplete('s', 7),
    request: 'POST compute/servers/s/migrations/7/action',
    microversion: 'compute 2.65',
    sends: { force_complete: null },
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Compute API', (_, call) => expectCall(call));
