/** One call of a service: what is asked of it. */
export interface ServiceRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Segments below the endpoint; each is encoded by itself. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
  /** For instance `3.44`. Without it the service answers as its oldest version. */
  readonly microversion?: string | undefined;
  /** The caller asked for this microversion: a service that ignores it must not pass unnoticed, but be an error. */
  readonly strictMicroversion?: boolean | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Strings of this request that no error may show. */
  readonly secrets?: readonly string[] | undefined;
  /** Whether sending it twice does no more than sending it once. Undefined: as its method says (all but POST and PATCH). */
  readonly repeatable?: boolean | undefined;
  /** It can't even be sent again with a new token, since its body is gone by then. */
  readonly once?: boolean | undefined;
}
