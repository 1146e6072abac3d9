import type { CallOptions } from '../../call-options.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { TokenInfo } from './model.ts';
import { parseTokenInfo } from './wire.ts';

/** Tokens, as a service that receives them sees them. */
export class TokensApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  /**
   * Who a token belongs to. NotFoundError: not a token, expired or revoked. ForbiddenError: this client may not validate
   * other users' tokens (needs role `admin` or `service`).
   */
  validate(subjectToken: string, options?: CallOptions): Promise<TokenInfo> {
    return this.#service.request(
      {
        method: 'GET',
        path: ['auth', 'tokens'],
        query: { nocatalog: '1' },
        headers: { 'x-subject-token': subjectToken },
        secrets: [subjectToken],
      },
      (answer) => parseTokenInfo(answer.object('token')),
      options,
    );
  }
}
