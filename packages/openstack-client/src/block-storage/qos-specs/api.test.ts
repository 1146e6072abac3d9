import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const qos = { id: 'q', name: 'gold', consumer: 'front-end', specs: { total_iops_sec: '5' } };

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'qos get': {
    call: ({ blockStorage }) => blockStorage.qosSpecs.get('q'),
    request: 'GET block-storage/qos-specs/q',
    answer: { qos_specs: qos },
    gives: { consumer: 'front-end', specs: { total_iops_sec: '5' } },
  },
  'qos list': {
    call: ({ blockStorage }) => blockStorage.qosSpecs.list(),
    request: 'GET block-storage/qos-specs',
    answer: {
      qos_specs: [
        { ...qos, consumer: 'both' },
        { ...qos, consumer: 'back-end' },
      ],
    },
    gives: [{ consumer: 'both' }, { consumer: 'back-end' }],
  },
  'qos create': {
    call: ({ blockStorage }) =>
      blockStorage.qosSpecs.create({ name: 'gold', consumer: 'front-end', specs: { a: '1' } }),
    request: 'POST block-storage/qos-specs',
    sends: { qos_specs: { name: 'gold', consumer: 'front-end', a: '1' } },
    answer: { qos_specs: qos },
    gives: { id: 'q' },
  },
  'qos set': {
    call: ({ blockStorage }) => blockStorage.qosSpecs.set('q', { a: '2' }),
    request: 'PUT block-storage/qos-specs/q',
    sends: { qos_specs: { a: '2' } },
  },
  'qos delete keys': {
    call: ({ blockStorage }) => blockStorage.qosSpecs.deleteKeys('q', ['a']),
    request: 'PUT block-storage/qos-specs/q/delete_keys',
    sends: { keys: ['a'] },
  },
  'qos delete': {
    call: ({ blockStorage }) => blockStorage.qosSpecs.delete('q', true),
    request: 'DELETE block-storage/qos-specs/q?force=true',
  },
  'qos associate': {
    call: ({ blockStorage }) => blockStorage.qosSpecs.associate('q', 't'),
    request: 'GET block-storage/qos-specs/q/associate?vol_type_id=t',
  },
  'qos disassociate': {
    call: ({ blockStorage }) => blockStorage.qosSpecs.disassociate('q', 't'),
    request: 'GET block-storage/qos-specs/q/disassociate?vol_type_id=t',
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Block Storage API', (_, call) => expectCall(call));
