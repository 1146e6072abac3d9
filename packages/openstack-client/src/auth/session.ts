import { TokenExpiredError } from '../error/http-error.ts';
import { OpenStackError } from '../error/openstack-error.ts';
import { Deadline } from '../http/deadline.ts';
import { newRequestId } from '../http/request-id.ts';
import type { Transport } from '../http/transport.ts';
import type { AuthMethod } from './auth-method.ts';
import { type AuthenticatedToken, authenticate } from './authenticate.ts';
import { remainingLifeMs } from './remaining-life.ts';

/** A token is renewed this long before it expires, or at 9/10 of its life if that is shorter. */
const RENEW_BEFORE_EXPIRY_MS = 120_000;
const AUTHENTICATION_TIMEOUT_MS = 30_000;

interface CachedToken {
  readonly token: AuthenticatedToken;
  /** Both by the local clock; only how long the token lives comes from Keystone, so clocks may differ. */
  readonly renewAtMs: number;
  readonly expiresAtMs: number;
}

/**
 * The token of a client: cached, renewed before it expires, and asked for once however many calls need it at a time.
 */
export class Session {
  readonly #method: AuthMethod;
  readonly #transport: Transport;
  readonly #now: () => number;
  #cached: CachedToken | undefined;
  #underway: Promise<AuthenticatedToken> | undefined;
  #secrets: readonly string[] = [];

  constructor(method: AuthMethod, transport: Transport, now: () => number = Date.now) {
    this.#method = method;
    this.#transport = transport;
    this.#now = now;
  }

  get authUrl(): string {
    return this.#method.authUrl;
  }

  /** A token that is good for now. */
  async token(deadline: Deadline): Promise<AuthenticatedToken> {
    const cached = this.#cached;
    const now = this.#now();
    if (cached !== undefined && now < cached.renewAtMs) return cached.token;
    try {
      return await deadline.wait(this.#renew(), 'Authentication');
    } catch (error) {
      const stillGood = cached !== undefined && cached === this.#cached && this.#now() < cached.expiresAtMs;
      // Keystone may be out of order for a moment: that is what renewing early is for.
      if (stillGood && error instanceof OpenStackError && error.retryable && !deadline.signal.aborted)
        return cached.token;
      throw error;
    }
  }

  /** A service refused this token: forget it, unless it was replaced meanwhile. */
  refused(value: string): void {
    if (this.#cached?.token.value === value) this.#cached = undefined;
  }

  /** Strings that no error may show. */
  secrets(): readonly string[] {
    return this.#cached === undefined ? this.#secrets : [...this.#secrets, this.#cached.token.value];
  }

  #renew(): Promise<AuthenticatedToken> {
    this.#underway ??= this.#authenticate().finally(() => {
      this.#underway = undefined;
    });
    return this.#underway;
  }

  async #authenticate(): Promise<AuthenticatedToken> {
    // Its own deadline: the caller who happened to be first must not end it for the others.
    const deadline = new Deadline(AUTHENTICATION_TIMEOUT_MS, undefined);
    const identification = await this.#method.identify();
    const given = identification.kind === 'token';
    const previous = this.#cached;
    if (given && previous?.token.value === identification.token && this.#now() >= previous.expiresAtMs) {
      const at = previous.token.info.expiresAt.toISOString();
      const message = `The token given for authentication by ${this.#method.name} expired at ${at} and can't be renewed`;
      throw new TokenExpiredError(message, { service: 'identity' });
    }
    this.#secrets = given ? [identification.token] : identification.kind === 'none' ? [] : identification.secrets;
    const token = await authenticate(this.#method, identification, this.#transport, deadline, newRequestId());
    const lifetimeMs = token.info.expiresAt.getTime() - token.info.issuedAt.getTime();
    const now = this.#now();
    // A token that was there already may be in the middle of its life.
    const expiresAtMs = now + (given ? remainingLifeMs(token.info, token.date, now) : lifetimeMs);
    const renewAtMs = expiresAtMs - Math.min(RENEW_BEFORE_EXPIRY_MS, lifetimeMs / 10);
    this.#cached = { token, expiresAtMs, renewAtMs };
    return token;
  }
}
