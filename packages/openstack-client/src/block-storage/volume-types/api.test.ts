import { expect, it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';
import { scriptedCloud } from '../../../test/scripted-cloud.ts';

const type = { id: 't', name: 'rbd', is_public: true, extra_specs: { a: 'b' }, qos_specs_id: 'q' };

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'type get': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.get('t'),
    request: 'GET block-storage/types/t',
    answer: { volume_type: type },
    gives: { extraSpecs: { a: 'b' }, qosSpecsId: 'q' },
  },
  'type list': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.list({ isPublic: 'none' }),
    request: 'GET block-storage/types?is_public=none',
    answer: { volume_types: [type] },
    gives: [{ name: 'rbd' }],
  },
  'type create': {
    call: ({ blockStorage }) =>
      blockStorage.volumeTypes.create({ name: 'rbd', isPublic: false, extraSpecs: { a: 'b' } }),
    request: 'POST block-storage/types',
    sends: { volume_type: { name: 'rbd', extra_specs: { a: 'b' }, 'os-volume-type-access:is_public': false } },
    answer: { volume_type: type },
    gives: { id: 't' },
  },
  'type update': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.update('t', { isPublic: true }),
    request: 'PUT block-storage/types/t',
    sends: { volume_type: { is_public: true } },
    answer: { volume_type: type },
    gives: { id: 't' },
  },
  'type delete': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.delete('t'),
    request: 'DELETE block-storage/types/t',
  },
  'type extra specs': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.extraSpecs('t'),
    request: 'GET block-storage/types/t/extra_specs',
    answer: { extra_specs: { a: 'b' } },
    gives: { a: 'b' },
  },
  'type extra specs set': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.setExtraSpecs('t', { a: 'b' }),
    request: 'POST block-storage/types/t/extra_specs',
    sends: { extra_specs: { a: 'b' } },
  },
  'type extra spec delete': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.deleteExtraSpec('t', 'a'),
    request: 'DELETE block-storage/types/t/extra_specs/a',
  },
  'type encryption': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.encryption('t'),
    request: 'GET block-storage/types/t/encryption',
    answer: { provider: 'luks', control_location: 'front-end', cipher: 'aes-xts-plain64', key_size: 256 },
    gives: { provider: 'luks', controlLocation: 'front-end', keySizeBits: 256 },
  },
  'type encryption create': {
    call: ({ blockStorage }) =>
      blockStorage.volumeTypes.createEncryption('t', {
        ...{ provider: 'luks', controlLocation: 'front-end', cipher: 'aes-xts-plain64', keySizeBits: 256 },
      }),
    request: 'POST block-storage/types/t/encryption',
    sends: {
      encryption: { provider: 'luks', control_location: 'front-end', cipher: 'aes-xts-plain64', key_size: 256 },
    },
  },
  'type encryption delete': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.deleteEncryption('t'),
    request: 'DELETE block-storage/types/t/encryption/provider',
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Block Storage API', (_, call) => expectCall(call));

it('a type without encryption has none', async () => {
  const cloud = await scriptedCloud(() => ({ body: {} }));
  expect(await cloud.client().blockStorage.volumeTypes.encryption('t')).toBeUndefined();
});
