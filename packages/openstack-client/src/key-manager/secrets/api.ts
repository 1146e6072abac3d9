import type { CallOptions } from '../../call-options.ts';
import { MalformedAnswerError } from '../../error/exchange-error.ts';
import type { ServiceClient } from '../../service/service-client.ts';

/** More than Barbican stores by default (20 000 bytes). */
const LONGEST_BYTES = 64 * 1024;

/** @see https://docs.openstack.org/barbican/latest/api/reference/secrets.html */
export class SecretsApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  /**
   * What a secret holds, byte for byte. NotFoundError: there is none of this id; NotAcceptable by Barbican: it holds text, not
   * bytes. Whoever asks sees to it that nobody else reads it.
   */
  async payload(id: string, options?: CallOptions): Promise<Uint8Array> {
    const headers = { accept: 'application/octet-stream' };
    const { body } = await this.#service.stream({ method: 'GET', path: ['secrets', id, 'payload'], headers }, options);
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of body) {
      length += part.length;
      if (length > LONGEST_BYTES) {
        throw new MalformedAnswerError(`Secret ${id} is longer than ${LONGEST_BYTES} bytes`, {
          service: 'key-manager',
        });
      }
      parts.push(part);
    }
    return Buffer.concat(parts);
  }
}
