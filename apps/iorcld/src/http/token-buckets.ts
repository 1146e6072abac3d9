/** How many requests are taken from one address. */
export interface RequestRate {
  /** In the long run. 0: no limit. */
  readonly perSecond: number;
  /** At once, after a pause. */
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

const MOST_BUCKETS = 10_000;

/** Limits how often something is done, by key: each has a bucket of tokens that fills up again at a steady rate. */
export class TokenBuckets {
  readonly #now: () => number;
  /** The longest unused first. */
  readonly #buckets = new Map<string, Bucket>();
  #rate: RequestRate;

  /** @param now milliseconds. Default: the monotonic clock */
  constructor(rate: RequestRate, now: () => number = () => performance.now()) {
    this.#rate = rate;
    this.#now = now;
  }

  /** From now on. */
  set rate(rate: RequestRate) {
    this.#rate = rate;
  }

  /** Takes a token. Answers after how many seconds there is one; 0: it was taken. */
  take(key: string): number {
    const { perSecond, burst } = this.#rate;
    if (perSecond === 0) return 0;
    const now = this.#now();
    const before = this.#buckets.get(key) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, before.tokens + ((now - before.at) / 1_000) * perSecond);
    const taken = tokens >= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: taken ? tokens - 1 : tokens, at: now });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MOST_BUCKETS && oldest !== undefined) this.#buckets.delete(oldest);
    return taken ? 0 : (1 - tokens) / perSecond;
  }
}
