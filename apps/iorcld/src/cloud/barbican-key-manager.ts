import type { KeyManager } from '@iorcl/iohyp-driver';
import type { OpenStackClient } from '@iorcl/openstack-client';

/**
 * Passphrases of encrypted volumes from OpenStack's key manager. Cinder's `encryption_key_id` names a secret, whose bytes are
 * the key; the passphrase of the LUKS header is their hex digits, as os-brick makes it (`encryptors/cryptsetup.py`,
 * `_get_passphrase`) and Nova's libvirt driver as well.
 */
export class BarbicanKeyManager implements KeyManager {
  readonly #client: Pick<OpenStackClient, 'keyManager'>;

  constructor(client: Pick<OpenStackClient, 'keyManager'>) {
    this.#client = client;
  }

  async secret(keyManagerId: string, { signal }: { readonly signal: AbortSignal }): Promise<Uint8Array> {
    const key = await this.#client.keyManager.secrets.payload(keyManagerId, { signal });
    if (key.length === 0) throw new Error(`secret ${keyManagerId} of the key manager is empty`);
    return Buffer.from(Buffer.from(key).toString('hex'));
  }
}
