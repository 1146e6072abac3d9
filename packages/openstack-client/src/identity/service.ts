import type { CallOptions } from '../call-options.ts';
import { ServiceClient, type ServiceContext } from '../service/service-client.ts';
import { TokensApi } from './tokens/api.ts';
import type { TokenInfo } from './tokens/model.ts';

/** Keystone v3. */
export class IdentityService {
  readonly tokens: TokensApi;

  constructor(context: ServiceContext) {
    this.tokens = new TokensApi(new ServiceClient('identity', context));
  }

  /** {@link TokensApi.validate}. */
  validateToken(subjectToken: string, options?: CallOptions): Promise<TokenInfo> {
    return this.tokens.validate(subjectToken, options);
  }
}
