/** Last parameter of every call. */
export interface CallOptions {
  /** Ends the call with an AbortedError. */
  readonly signal?: AbortSignal | undefined;
  /** Deadline for the whole call, from the first byte sent to the last one read, a new authentication included. */
  readonly timeoutMs?: number | undefined;
  /** Global request id `req-<uuid>`, sent as `X-OpenStack-Request-ID`. Without it each call makes one. */
  readonly requestId?: string | undefined;
}
