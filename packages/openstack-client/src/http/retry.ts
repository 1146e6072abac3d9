import { ConfigurationError } from '../error/configuration-error.ts';
import { ConnectionError } from '../error/exchange-error.ts';

/** How often, and after which pauses, a call that may be repeated is repeated. */
export interface RetryOptions {
  /** The first one included; 1: never repeat. Default 3. */
  readonly attempts?: number | undefined;
  /** Pause before the second attempt; it doubles with each further one. Half of it is random. Default 200. */
  readonly pauseMs?: number | undefined;
  /** Longest pause, and the longest `Retry-After` that is obeyed instead of giving up. Default 10 000. */
  readonly maxPauseMs?: number | undefined;
}

/** 429 and what proxies answer while a service is away. */
const STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export type Outcome =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly retryAfter: string | undefined;
      readonly date?: string | undefined;
    }
  | { readonly kind: 'failure'; readonly error: unknown };

/** Decides whether a call is repeated. Knows nothing of whether it may be: that is for who sends it. */
export class RetryPolicy {
  readonly #attempts: number;
  readonly #pauseMs: number;
  readonly #maxPauseMs: number;
  readonly #random: () => number;

  constructor(options: RetryOptions = {}, random: () => number = Math.random) {
    this.#attempts = options.attempts ?? 3;
    this.#pauseMs = options.pauseMs ?? 200;
    this.#maxPauseMs = options.maxPauseMs ?? 10_000;
    this.#random = random;
    if (!Number.isInteger(this.#attempts) || this.#attempts < 1) {
      throw new ConfigurationError(`retry.attempts is ${this.#attempts}; expected a whole number from 1 on`);
    }
    for (const [name, value] of [['pauseMs', this.#pauseMs] as const, ['maxPauseMs', this.#maxPauseMs] as const]) {
      if (!(value >= 0)) throw new ConfigurationError(`retry.${name} is ${value}; expected milliseconds from 0 on`);
    }
  }

  /** Pause before the next attempt; undefined: this outcome is final. `attempt` counts from 1. */
  pauseAfter(attempt: number, outcome: Outcome, nowMs: number = Date.now()): number | undefined {
    if (attempt >= this.#attempts) return undefined;
    if (outcome.kind === 'failure') {
      return outcome.error instanceof ConnectionError ? this.#backoff(attempt) : undefined;
    }
    if (!STATUSES.has(outcome.status)) return undefined;
    // A date is one of the service's clock, which ours may be far from.
    const serviceNowMs = Date.parse(outcome.date ?? '');
    const wanted = retryAfterMs(outcome.retryAfter, Number.isNaN(serviceNowMs) ? nowMs : serviceNowMs);
    if (wanted === undefined) return this.#backoff(attempt);
    return wanted > this.#maxPauseMs ? undefined : wanted;
  }

  /** Half fixed, half random, so that many clients don't come back at the same moment. */
  #backoff(attempt: number): number {
    const pause = Math.min(this.#maxPauseMs, this.#pauseMs * 2 ** (attempt - 1));
    return pause / 2 + (pause / 2) * this.#random();
  }
}

/**
 * Milliseconds of a header `Retry-After`: seconds, or a date. Undefined: none, or not readable.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const at = /[a-z]/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
