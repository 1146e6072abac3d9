import type { OpenStackError } from '../error/openstack-error.ts';

interface ExchangeFacts {
  /** Official service type, for instance `block-storage`. */
  readonly service: string | undefined;
  readonly method: string;
  /** Without user, password, query and fragment. */
  readonly url: string;
  /** The id that this client sent as `X-OpenStack-Request-ID`. */
  readonly globalRequestId: string | undefined;
  /** From 1 on. */
  readonly attempt: number;
}

/**
 * What happens on the wire, for logs and metrics: each attempt begins with a `request` and ends with an `answer` (also one
 * of status 4xx and 5xx) or a `failure`; `retry` announces another one. Nothing in it is secret.
 */
export type CallEvent =
  | (ExchangeFacts & { readonly kind: 'request' })
  | (ExchangeFacts & {
      readonly kind: 'answer';
      readonly status: number;
      /** From the request to the last byte of the answer; for streams, to the last byte of its head. */
      readonly durationMs: number;
      /** The service's own `X-OpenStack-Request-ID`. */
      readonly requestId: string | undefined;
    })
  | (ExchangeFacts & { readonly kind: 'failure'; readonly error: OpenStackError; readonly durationMs: number })
  | (ExchangeFacts & { readonly kind: 'retry'; readonly pauseMs: number });

/** Must not take long: calls wait for it. What it throws is ignored. */
export type CallObserver = (event: CallEvent) => void;
