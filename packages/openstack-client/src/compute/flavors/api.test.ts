import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const flavor = { id: 'f', name: 'm1', vcpus: 1, ram: 512, disk: 0, 'OS-FLV-EXT-DATA:ephemeral': 2, extra_specs: {} };

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'flavor get': {
    call: ({ compute }) => compute.flavors.get('f'),
    request: 'GET compute/flavors/f',
    microversion: 'compute 2.61',
    answer: { flavor },
    gives: { ephemeralGiB: 2, isPublic: true, extraSpecs: {} },
  },
  'flavor list': {
    call: ({ compute }) => compute.flavors.list({ isPublic: 'none', minRamMiB: 1 }),
    request: 'GET compute/flavors/detail?is_public=none&minRam=1',
    microversion: 'compute 2.61',
    answer: { flavors: [flavor] },
    gives: [{ id: 'f' }],
  },
  'flavor create': {
    call: ({ compute }) => compute.flavors.create({ name: 'm1', vcpus: 1, ramMiB: 2, diskGiB: 3, isPublic: false }),
    request: 'POST compute/flavors',
    microversion: 'compute 2.61',
    sends: { flavor: { name: 'm1', vcpus: 1, ram: 2, disk: 3, 'os-flavor-access:is_public': false } },
    answer: { flavor },
    gives: { id: 'f' },
  },
  'extra specs': {
    call: ({ compute }) => compute.flavors.extraSpecs('f'),
    request: 'GET compute/flavors/f/os-extra_specs',
    microversion: 'compute 2.61',
    answer: { extra_specs: { a: 'b' } },
    gives: { a: 'b' },
  },
  'extra spec delete': {
    call: ({ compute }) => compute.flavors.deleteExtraSpec('f', 'a:b'),
    request: 'DELETE compute/flavors/f/os-extra_specs/a:b',
    microversion: 'compute 2.61',
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Compute API', (_, call) => expectCall(call));
