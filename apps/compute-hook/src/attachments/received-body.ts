import type { HookRequest } from '../proxy/front-door.ts';
import { readRequestBody } from '../proxy/request-body.ts';

/**
 * Reads the body of a call that is looked into, as far as Cinder would.
 *
 * @throws CinderFault 413, 400
 */
export async function receivedBody({ request, response }: HookRequest): Promise<Buffer> {
  // Such a client waits for leave, and Cinder is not asked before the body is known.
  if (/100-continue/i.test(request.headers.expect ?? '')) response.writeContinue();
  return await readRequestBody(request);
}
