/** Last parameter of every call. */
export interface CallOptions {
  /** Ends the call with an AbortedError. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Deadline for the whole call, from the first byte sent to the last one read, a new authentication and repeated attempts
   * included. For a list: for each page.
   */
  readonly timeoutMs?: number | undefined;
  /** Global request id `req-<uuid>`, sent as `X-OpenStack-Request-ID`. Without it each call makes one. */
  readonly requestId?: string | undefined;
}

/** Last parameter of calls that list something. */
export interface ListOptions extends CallOptions {
  /** Items per page, sent as `limit`. Undefined: as many as the service gives at once. */
  readonly pageSize?: number | undefined;
}

/** Asks for what a resource shows or takes only from a microversion on. Older clouds refuse the call by a clear error. */
export interface SinceOptions<Microversion extends string> {
  readonly since: Microversion;
}
