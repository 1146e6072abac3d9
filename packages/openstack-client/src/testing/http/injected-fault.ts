import type { FakeServiceName } from './exchange.ts';

/** Which requests a fault is for. What is not given fits all. */
export interface FaultMatcher {
  readonly service?: FakeServiceName | undefined;
  readonly method?: string | undefined;
  /** Part of the path, or an expression that it fits, for instance `/\/attachments\/[^/]+$/`. */
  readonly path?: string | RegExp | undefined;
  /** A JSON body's only key, for instance `os-begin_detaching`, as actions have it. */
  readonly action?: string | undefined;
  /** Name of the user whose token it has. */
  readonly user?: string | undefined;
  /** How many fitting requests are spared first. Default 0. */
  readonly after?: number | undefined;
  /** How many it then hits. Default: all. */
  readonly times?: number | undefined;
}

export type FaultEffect =
  /** Answered with this, and not otherwise handled. `body`: a string is sent as an HTML page, anything else as JSON. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>> | undefined;
    }
  /**
   * The connection ends: before the request is handled, after that but before the answer, or half-way through the answer.
   */
  | { readonly kind: 'drop'; readonly when: 'before' | 'after' | 'half-way' }
  /** The request's token is no longer valid, from this request on. */
  | { readonly kind: 'expire-token' };

/** A fault to inject: an effect, a delay before anything else happens, or both. */
export interface NewFault extends FaultMatcher {
  readonly latencyMs?: number | undefined;
  readonly effect?: FaultEffect | undefined;
}

/** A fault that is in place. */
export interface InjectedFault {
  /** How many requests it has hit. */
  readonly hits: number;
  remove(): void;
}
