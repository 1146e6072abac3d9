import type { CallOptions } from '../call-options.ts';
import { OpenStackService } from '../service/openstack-service.ts';
import type { ServiceContext } from '../service/service-client.ts';
import { TokensApi } from './tokens/api.ts';
import type { TokenInfo } from './tokens/model.ts';

/** Keystone v3. */
export class IdentityService extends OpenStackService {
  readonly tokens: TokensApi;

  constructor(context: ServiceContext) {
    super('identity', context);
    this.tokens = new TokensApi(this.client);
  }

  /** {@link TokensApi.validate}. */
  validateToken(subjectToken: string, options?: CallOptions): Promise<TokenInfo> {
    return this.tokens.validate(subjectToken, options);
  }
}
