import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const migration = {
  ...{ id: 7, uuid: 'm', instance_uuid: 's', migration_type: 'live-migration', status: 'completed' },
  ...{ source_compute: 'a', dest_compute: 'b', user_id: 'u', project_id: 'p' },
};

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'migration list': {
    call: ({ compute }) => compute.migrations.list({ serverId: 's', type: 'live-migration' }),
    request: 'GET compute/os-migrations?instance_uuid=s&migration_type=live-migration',
    microversion: 'compute 2.59',
    answer: { migrations: [migration] },
    gives: [{ uuid: 'm', destinationCompute: 'b' }],
  },
  'migration list since 2.80': {
    call: ({ compute }) => compute.migrations.list({}, { since: '2.80' }),
    request: 'GET compute/os-migrations',
    microversion: 'compute 2.80',
    answer: { migrations: [migration] },
    gives: [{ userId: 'u', projectId: 'p' }],
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Compute API', (_, call) => expectCall(call));
