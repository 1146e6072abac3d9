import { describeError } from '@iorcl/service';
import { CinderFault } from '../proxy/cinder-fault.ts';
import type { HookRequest } from '../proxy/front-door.ts';
import type { CloudView } from './ownership.ts';

const ROLES: readonly string[] = ['service', 'admin'];
const HOW =
  "expected Nova's own token in X-Service-Token ([service_user] send_service_user_token = true in nova.conf), or an " +
  `X-Auth-Token with one of the roles ${ROLES.join(', ')}`;

/**
 * Lets only Nova change attachments of io instances, as Cinder does since CVE-2023-2088. Cinder itself sees such a request too
 * late (DELETE, after the export is gone) or never (PUT), so the hook must not believe whoever reaches its port.
 *
 * The service token is asked about first: it also stands for a user token that has expired in a long operation.
 *
 * @throws CinderFault 401, 403; 503 when Keystone can't tell
 */
export async function requireNova(cloud: CloudView, { request, requestId }: HookRequest): Promise<void> {
  let known = false;
  for (const header of ['x-service-token', 'x-auth-token']) {
    const token = request.headers[header];
    if (typeof token !== 'string' || token === '') continue;
    const roles = await rolesOf(cloud, token, requestId);
    if (roles?.some((role) => ROLES.includes(role)) === true) return;
    known ||= roles !== undefined;
  }
  if (known) throw new CinderFault(403, `This is for Nova only; nothing was changed: ${HOW}.`);
  throw new CinderFault(401, `Keystone knows none of the request's tokens; nothing was changed: ${HOW}.`);
}

async function rolesOf(cloud: CloudView, token: string, requestId: string): Promise<readonly string[] | undefined> {
  try {
    return await cloud.rolesOf(token, requestId);
  } catch (cause) {
    const why = `Keystone did not tell whose token this is: ${describeError(cause)}`;
    throw new CinderFault(
      503,
      `The compute hook can't decide whether this is Nova; nothing was changed. ${why}`,
      cause,
    );
  }
}
