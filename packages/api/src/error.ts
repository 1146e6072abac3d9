import * as z from 'zod';

/**
 * Codes of the HTTP API, stable across versions, with their HTTP status.
 *
 * Those that refuse (4xx) left nothing on the I/O host: most are found before anything changes, and a `volume_refused`
 * that only the volume's connection_info shows was undone. `step_failed` was undone, too. `cleanup_failed` says that
 * something is left, which a repeated delete removes. `journal_unavailable` says that iorcld can't write down what it does
 * (its disk is full, or broken): what is attached goes on, and what it was doing is finished or undone once it can.
 * `cloud_unavailable`, `journal_unavailable`, `host_disabled`, `shutting_down` and `rate_limited` may be tried again.
 */
export const apiErrorCodes = {
  bad_request: 400,
  body_too_large: 413,
  unauthorized: 401,
  forbidden: 403,
  attachment_not_found: 404,
  not_found: 404,
  attachment_conflict: 409,
  rate_limited: 429,
  policy_refused: 400,
  network_refused: 400,
  volume_refused: 400,
  step_failed: 502,
  cleanup_failed: 500,
  cloud_unavailable: 503,
  journal_unavailable: 503,
  host_disabled: 503,
  shutting_down: 503,
  internal: 500,
} as const;

export type ApiErrorCode = keyof typeof apiErrorCodes;

/** Body of every answer that is not 2xx. */
export interface ApiErrorBody {
  readonly error: {
    readonly code: ApiErrorCode;
    readonly message: string;
    /** `req-<uuid>`, also in the answer's X-OpenStack-Request-ID. */
    readonly requestId: string;
  };
}

export const apiErrorBodySchema: z.ZodType<ApiErrorBody> = z.object({
  error: z.object({
    code: z.enum(Object.keys(apiErrorCodes) as [ApiErrorCode, ...ApiErrorCode[]]),
    message: z.string(),
    requestId: z.string(),
  }),
});
