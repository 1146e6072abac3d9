import type { onRequestAsyncHookHandler } from 'fastify';
import type { Authentication, Right } from './authentication.ts';
import { isLocalAdministrator, LOCAL_ADMINISTRATOR } from './local-administrator.ts';

/** A hook that lets only callers with this right through, before the body is read. */
export function requireRight(authentication: Authentication, right: Right): onRequestAsyncHookHandler {
  return async (request) => {
    if (isLocalAdministrator(request.raw)) {
      request.caller = LOCAL_ADMINISTRATOR;
      return;
    }
    const token = request.headers['x-auth-token'];
    request.caller = await authentication.require(right, typeof token === 'string' ? token : undefined, {
      requestId: request.id,
    });
  };
}
