import { createHash } from 'node:crypto';
import type { Caller, CloudCallOptions, IdentityPort } from '../cloud/contract.ts';
import { HttpError } from './http-error.ts';

/** What a caller wants to do: look, or change. */
export type Right = 'look' | 'change';

const CHANGING_ROLES: readonly string[] = ['service', 'admin'];

/** What is asked for, for those who have it not. */
const NEEDED: Readonly<Record<Right, string>> = {
  look: 'one of service, admin, or reader of the whole system (OS_SYSTEM_SCOPE=all)',
  change: 'one of service, admin',
};

/**
 * Every member of any project is its `reader`, too, and what is shown here concerns all projects: so only a reader of the
 * whole system may look.
 */
function has(right: Right, { roles, systemScoped }: Caller): boolean {
  if (CHANGING_ROLES.some((role) => roles.includes(role))) return true;
  return right === 'look' && systemScoped && roles.includes('reader');
}

export interface AuthenticationOptions {
  readonly identity: IdentityPort;
  /** How long an answer of Keystone's is believed: so long a revoked token still works. Default 30 000. */
  readonly cacheMs?: number;
  /** Default: the clock. */
  readonly now?: () => number;
}

const MOST_CACHED = 1_000;

/** Finds out by Keystone who is calling, and whether they may. */
export class Authentication {
  readonly #identity: IdentityPort;
  #cacheMs: number;
  readonly #now: () => number;
  /** By the token's digest, so that a memory dump holds no tokens. */
  readonly #cache = new Map<string, { readonly caller: Caller; readonly until: number }>();

  constructor({ identity, cacheMs = 30_000, now = Date.now }: AuthenticationOptions) {
    this.#identity = identity;
    this.#cacheMs = cacheMs;
    this.#now = now;
  }

  /** From now on; answers that are believed already stay so as long as they were to be. */
  set cacheMs(cacheMs: number) {
    this.#cacheMs = cacheMs;
  }

  /** @throws HttpError `unauthorized`, `forbidden`; CloudError where Keystone can't be asked */
  async require(right: Right, token: string | undefined, options: CloudCallOptions = {}): Promise<Caller> {
    if (token === undefined || token === '') {
      throw new HttpError('unauthorized', 'No token: send a Keystone token in the header X-Auth-Token.');
    }
    const caller = await this.#caller(token, options);
    if (caller === undefined) {
      throw new HttpError(
        'unauthorized',
        'Keystone does not know the token in X-Auth-Token: it is wrong, expired or revoked.',
      );
    }
    if (!has(right, caller)) {
      throw new HttpError(
        'forbidden',
        `User ${caller.userName} has the roles ${caller.roles.join(', ') || 'none'}; to ${right} needs ${NEEDED[right]}.`,
      );
    }
    return caller;
  }

  async #caller(token: string, options: CloudCallOptions): Promise<Caller | undefined> {
    const key = createHash('sha256').update(token).digest('base64');
    const cached = this.#cache.get(key);
    if (cached !== undefined && cached.until > this.#now()) return cached.caller;
    this.#cache.delete(key);
    const caller = await this.#identity.validate(token, options);
    if (caller === undefined) return undefined;
    const [oldest] = this.#cache.keys();
    if (this.#cache.size >= MOST_CACHED && oldest !== undefined) this.#cache.delete(oldest);
    this.#cache.set(key, { caller, until: this.#now() + this.#cacheMs });
    return caller;
  }
}
