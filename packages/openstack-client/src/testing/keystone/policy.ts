import type { FakeRequest } from '../http/exchange.ts';
import { type Fault, forbidden } from '../http/fault.ts';
import { isAdmin } from './model.ts';

/** Most of Keystone is for admins. `action` as the policy calls it, for instance `list_users`. */
export function requireAdmin(request: FakeRequest, action: string): void {
  if (!isAdmin(request.token)) throw notAuthorized(action);
}

export function notAuthorized(action: string): Fault {
  return forbidden(`You are not authorized to perform the requested action: identity:${action}.`);
}
