import type { FakeRequest } from '../http/exchange.ts';
import { forbidden } from '../http/fault.ts';
import { isAdmin } from '../keystone/model.ts';

/** `rule` as Nova's policy calls it, for instance `os_compute_api:os-services:list`. */
export function requireAdmin(request: FakeRequest, rule: string): void {
  if (!isAdmin(request.token)) throw forbidden(`Policy doesn't allow ${rule} to be performed.`);
}
