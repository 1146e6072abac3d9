import { type CatalogService, parseCatalogService } from '../../auth/catalog.ts';
import type { CallOptions } from '../../call-options.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { TokenInfo } from './model.ts';
import { validateToken } from './validate.ts';
import { TokenValidator, type TokenValidatorOptions } from './validator.ts';

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
    return validateToken(this.#service, subjectToken, options).then(({ info }) => info);
  }

  /** The same for a service that is asked all the time: answers are kept for a while. */
  validator(options?: TokenValidatorOptions): TokenValidator {
    return new TokenValidator((token, call) => validateToken(this.#service, token, call), options);
  }

  /** Ends a token before its time. */
  revoke(subjectToken: string, options?: CallOptions): Promise<void> {
    return this.#service.command(
      {
        method: 'DELETE',
        path: ['auth', 'tokens'],
        headers: { 'x-subject-token': subjectToken },
        secrets: [subjectToken],
      },
      options,
    );
  }

  /** The services and endpoints that this client's token has. */
  catalog(options?: CallOptions): Promise<readonly CatalogService[]> {
    const request = { method: 'GET', path: ['auth', 'catalog'] } as const;
    return this.#service.request(request, (answer) => answer.list('catalog', parseCatalogService), options);
  }
}
