import { expect, it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';
import { scriptedCloud } from '../../../test/scripted-cloud.ts';

const keypair = { name: 'k', public_key: 'ssh-ed25519 AAAA', fingerprint: 'aa:bb', private_key: 'never kept' };

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'keypair get': {
    call: ({ compute }) => compute.keypairs.get('k'),
    request: 'GET compute/os-keypairs/k',
    microversion: 'compute 2.35',
    answer: { keypair },
    gives: { type: 'ssh', fingerprint: 'aa:bb' },
  },
  'keypair list': {
    call: ({ compute }) => compute.keypairs.list({ userId: 'u' }),
    request: 'GET compute/os-keypairs?user_id=u',
    microversion: 'compute 2.35',
    answer: { keypairs: [{ keypair }] },
    gives: [{ name: 'k' }],
  },
  'keypair create': {
    call: ({ compute }) => compute.keypairs.create({ name: 'k', publicKey: 'ssh-ed25519 AAAA' }),
    request: 'POST compute/os-keypairs',
    microversion: 'compute 2.35',
    sends: { keypair: { name: 'k', public_key: 'ssh-ed25519 AAAA' } },
    answer: { keypair },
    gives: { name: 'k' },
  },
  'keypair delete': {
    call: ({ compute }) => compute.keypairs.delete('k'),
    request: 'DELETE compute/os-keypairs/k',
    microversion: 'compute 2.35',
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Compute API', (_, call) => expectCall(call));

it('a private key that an old Nova makes is not kept', async () => {
  const cloud = await scriptedCloud(() => ({ body: { keypair } }));
  expect(JSON.stringify(await cloud.client().compute.keypairs.get('k'))).not.toContain('never kept');
});
