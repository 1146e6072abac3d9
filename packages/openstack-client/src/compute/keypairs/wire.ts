import type { WireReader } from '../../wire/reader.ts';
import type { Keypair } from './model.ts';

export function parseKeypair(keypair: WireReader): Keypair {
  const { private_key: _, ...raw } = keypair.raw;
  return {
    name: keypair.string('name'),
    type: keypair.optionalString('type') ?? 'ssh',
    publicKey: keypair.string('public_key'),
    fingerprint: keypair.string('fingerprint'),
    raw,
  };
}
