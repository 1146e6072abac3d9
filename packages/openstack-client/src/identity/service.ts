import type { CatalogService } from '../auth/catalog.ts';
import type { CallOptions } from '../call-options.ts';
import { OpenStackService } from '../service/openstack-service.ts';
import type { ServiceContext } from '../service/service-client.ts';
import { ApplicationCredentialsApi } from './application-credentials/api.ts';
import { EndpointsApi } from './endpoints/api.ts';
import { ProjectsApi } from './projects/api.ts';
import { RoleAssignmentsApi } from './role-assignments/api.ts';
import { RolesApi } from './roles/api.ts';
import { IdentityServicesApi } from './services/api.ts';
import { TokensApi } from './tokens/api.ts';
import type { TokenInfo } from './tokens/model.ts';
import { TrustsApi } from './trusts/api.ts';
import { UsersApi } from './users/api.ts';

/** Keystone v3. */
export class IdentityService extends OpenStackService {
  readonly tokens: TokensApi;
  readonly projects: ProjectsApi;
  readonly users: UsersApi;
  readonly roles: RolesApi;
  readonly roleAssignments: RoleAssignmentsApi;
  readonly services: IdentityServicesApi;
  readonly endpoints: EndpointsApi;
  readonly applicationCredentials: ApplicationCredentialsApi;
  readonly trusts: TrustsApi;

  constructor(context: ServiceContext) {
    super('identity', context);
    this.tokens = new TokensApi(this.client);
    this.projects = new ProjectsApi(this.client);
    this.users = new UsersApi(this.client);
    this.roles = new RolesApi(this.client);
    this.roleAssignments = new RoleAssignmentsApi(this.client);
    this.services = new IdentityServicesApi(this.client);
    this.endpoints = new EndpointsApi(this.client);
    this.applicationCredentials = new ApplicationCredentialsApi(this.client);
    this.trusts = new TrustsApi(this.client);
  }

  /** {@link TokensApi.validate}. */
  validateToken(subjectToken: string, options?: CallOptions): Promise<TokenInfo> {
    return this.tokens.validate(subjectToken, options);
  }

  /** {@link TokensApi.catalog}. */
  catalog(options?: CallOptions): Promise<readonly CatalogService[]> {
    return this.tokens.catalog(options);
  }
}
