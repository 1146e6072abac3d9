import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const snapshot = { id: 'n', volume_id: 'v', size: 2, status: 'available', name: 'n', metadata: { a: 'b' } };

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'snapshot get': {
    call: ({ blockStorage }) => blockStorage.snapshots.get('n'),
    request: 'GET block-storage/snapshots/n',
    answer: { snapshot },
    gives: { volumeId: 'v', sizeGiB: 2, metadata: { a: 'b' } },
  },
  'snapshot list': {
    call: ({ blockStorage }) => blockStorage.snapshots.list({ volumeId: 'v', allProjects: true }),
    request: 'GET block-storage/snapshots/detail?volume_id=v&all_tenants=1',
    answer: { snapshots: [snapshot] },
    gives: [{ id: 'n' }],
  },
  'snapshot create': {
    call: ({ blockStorage }) => blockStorage.snapshots.create({ volumeId: 'v', name: 'n', force: true }),
    request: 'POST block-storage/snapshots',
    sends: { snapshot: { volume_id: 'v', name: 'n', force: true } },
    answer: { snapshot },
    gives: { id: 'n' },
  },
  'snapshot update': {
    call: ({ blockStorage }) => blockStorage.snapshots.update('n', { description: 'd' }),
    request: 'PUT block-storage/snapshots/n',
    sends: { snapshot: { description: 'd' } },
    answer: { snapshot },
    gives: { id: 'n' },
  },
  'snapshot delete': {
    call: ({ blockStorage }) => blockStorage.snapshots.delete('n'),
    request: 'DELETE block-storage/snapshots/n',
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Block Storage API', (_, call) => expectCall(call));
