/** What {@link AuthMethod.identify} says: ask Keystone for a token with this body, or use a token that is there already. */
export type Identification =
  | {
      readonly kind: 'authenticate';
      /** Body of `POST /v3/auth/tokens`. */
      readonly body: Readonly<Record<string, unknown>>;
      /** Strings that must never be shown. */
      readonly secrets: readonly string[];
    }
  | { readonly kind: 'token'; readonly token: string };

/** How a client proves to Keystone who it is. Made by `passwordAuth`, `tokenAuth`. */
export interface AuthMethod {
  readonly name: string;
  /** Keystone's URL, with or without `/v3`. */
  readonly authUrl: string;
  /** A function, so that secrets are not properties that a log could show. */
  identify(): Identification;
}

/** The project that a token is for: by id, or by name and domain. Neither: an unscoped token, without a catalog. */
export interface ProjectScope {
  readonly projectId?: string | undefined;
  readonly projectName?: string | undefined;
  /** Default `Default`, unless `projectDomainId` is given. */
  readonly projectDomainName?: string | undefined;
  readonly projectDomainId?: string | undefined;
}
