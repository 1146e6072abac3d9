import { createHash } from 'node:crypto';
import type { CallOptions } from '../../call-options.ts';
import { NotFoundError } from '../../error/http-error.ts';
import { Deadline } from '../../http/deadline.ts';
import type { TokenInfo } from './model.ts';
import type { ValidToken } from './validate.ts';

export interface TokenValidatorOptions {
  /** How long an answer is believed: so long a revoked token goes on being accepted. Default 60 000. */
  readonly maxAgeMs?: number | undefined;
  /** Answers kept; the oldest go first. Default 10 000. */
  readonly maxEntries?: number | undefined;
}

const WAIT_MS = 30_000;

interface Entry {
  readonly result: Promise<ValidToken>;
  readonly goodUntilMs: number;
}

/**
 * Validates the tokens that a service receives, asking Keystone once per token and `maxAgeMs`, however many requests come
 * with it at a time. Keeps a digest of the token, never the token. Also refusals are kept; other failures are not.
 */
export class TokenValidator {
  readonly #ask: (subjectToken: string, options: CallOptions) => Promise<ValidToken>;
  readonly #maxAgeMs: number;
  readonly #maxEntries: number;
  readonly #entries: Map<string, Entry> = new Map();

  constructor(
    ask: (subjectToken: string, options: CallOptions) => Promise<ValidToken>,
    options: TokenValidatorOptions = {},
  ) {
    this.#ask = ask;
    this.#maxAgeMs = options.maxAgeMs ?? 60_000;
    this.#maxEntries = options.maxEntries ?? 10_000;
  }

  /** As `tokens.validate`. NotFoundError also for a token that has expired since it was asked about. */
  async validate(subjectToken: string, options: CallOptions = {}): Promise<TokenInfo> {
    const key = createHash('sha256').update(subjectToken).digest('base64');
    const now = Date.now();
    let entry = this.#entries.get(key);
    if (entry === undefined || now >= entry.goodUntilMs) {
      // Others may wait for it as well, so this caller's signal and deadline end only his own waiting.
      const result = this.#ask(subjectToken, { requestId: options.requestId });
      const made: Entry = { result, goodUntilMs: now + this.#maxAgeMs };
      result.catch((error: unknown) => {
        if (!(error instanceof NotFoundError) && this.#entries.get(key) === made) this.#entries.delete(key);
      });
      entry = made;
      this.#remember(key, entry);
    }
    const deadline = new Deadline(options.timeoutMs ?? WAIT_MS, options.signal);
    const { info, localEndMs } = await deadline.wait(entry.result, 'The validation of a token');
    if (Date.now() >= localEndMs) {
      throw new NotFoundError(`The token of ${info.userName} expired at ${info.expiresAt.toISOString()}`, {
        service: 'identity',
      });
    }
    return info;
  }

  /** Forgets all answers. */
  clear(): void {
    this.#entries.clear();
  }

  #remember(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries) return;
      this.#entries.delete(oldest);
    }
  }
}
