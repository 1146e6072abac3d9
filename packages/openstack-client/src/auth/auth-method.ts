import type { TokenInfo } from '../identity/tokens/model.ts';

/** What {@link AuthMethod.identify} says. */
export type Identification =
  | {
      /** Ask Keystone for a token. */
      readonly kind: 'authenticate';
      /** Body of `POST /v3/auth/tokens`. */
      readonly body: Readonly<Record<string, unknown>>;
      /** Strings that must never be shown. */
      readonly secrets: readonly string[];
    }
  /** Use a token that is there already. */
  | { readonly kind: 'token'; readonly token: string }
  /** No Keystone: services that ask nobody who calls. */
  | { readonly kind: 'none'; readonly endpoint: string | undefined; readonly info: TokenInfo };

/**
 * How a client proves to Keystone who it is. `passwordAuth`, `tokenAuth`, `applicationCredentialAuth` and `noneAuth` make
 * one; your own is an object like theirs.
 */
export interface AuthMethod {
  readonly name: string;
  /** Keystone's URL, with or without `/v3`. Empty: there is none. */
  readonly authUrl: string;
  /**
   * Asked again for each new token. A function, so that secrets are not properties that a log could show; it may fetch what
   * it needs, for instance a one-time password.
   */
  identify(): Identification | Promise<Identification>;
  /** Whose token goes along as `X-Service-Token`; see `withServiceToken`. */
  readonly service?: AuthMethod | undefined;
}

/** The project that a token is for: by id, or by name and domain. */
export interface ProjectScope {
  readonly projectId?: string | undefined;
  readonly projectName?: string | undefined;
  /** Default `Default`, unless `projectDomainId` is given. */
  readonly projectDomainName?: string | undefined;
  readonly projectDomainId?: string | undefined;
}

/**
 * What a token is for: a project, a domain, the whole system, or what a trust says; one of them. None: the user's default
 * project, or an unscoped token, without a catalog.
 *
 * @see https://docs.openstack.org/keystone/latest/admin/tokens-overview.html#authorization-scopes
 */
export interface AuthScope extends ProjectScope {
  readonly domainId?: string | undefined;
  readonly domainName?: string | undefined;
  /** `all`: the deployment itself, for operators. */
  readonly systemScope?: 'all' | undefined;
  /** Id of a trust whose trustee the user is. */
  readonly trustId?: string | undefined;
}
