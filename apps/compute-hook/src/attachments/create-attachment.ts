import { CinderFault } from '../proxy/cinder-fault.ts';
import type { HookRequest } from '../proxy/front-door.ts';
import type { AttachmentHook } from './attachment-hook.ts';
import { connectorIn } from './connector.ts';
import { ownerOfInstance } from './ownership.ts';
import { receivedBody } from './received-body.ts';

/**
 * `POST /attachments`. Without connector it only reserves the volume. With one it is a live migration's destination, which
 * for io instances is refused: before anything changes on either host.
 */
export async function createAttachment(hook: AttachmentHook, exchange: HookRequest): Promise<void> {
  const { request, response, requestId } = exchange;
  const body = await receivedBody(exchange);
  const instanceId = connectorIn(body)?.instanceId;
  if (instanceId !== undefined) {
    const owner = await ownerOfInstance(hook.cloud, instanceId, requestId);
    if (owner.kind === 'refused') throw new CinderFault(400, owner.message);
    if (owner.kind === 'io') {
      throw new CinderFault(
        501,
        `Instance ${instanceId} has io:enabled volumes, which this version of iorcl can't yet live-migrate; nothing was ` +
          'changed. Use cold migration, or detach the volumes first.',
      );
    }
  }
  await hook.proxy.pass(request, response, body);
}
