import { CinderFault } from '../proxy/cinder-fault.ts';
import type { HookRequest } from '../proxy/front-door.ts';
import type { AttachmentHook } from './attachment-hook.ts';
import { connectorIn } from './connector.ts';
import { createForMigration } from './create-for-migration.ts';
import { ownerOfInstance } from './ownership.ts';
import { receivedBody } from './received-body.ts';

/**
 * `POST /attachments`. Without connector it only reserves the volume. With one it is a live migration's destination: the
 * volume is to be connected here while it still is elsewhere.
 */
export async function createAttachment(hook: AttachmentHook, exchange: HookRequest): Promise<void> {
  const { request, response, requestId } = exchange;
  const body = await receivedBody(exchange);
  const connector = connectorIn(body);
  const instanceId = connector?.instanceId;
  if (connector !== undefined && instanceId !== undefined) {
    const owner = await ownerOfInstance(hook.cloud, instanceId, requestId);
    if (owner.kind === 'refused') throw new CinderFault(400, owner.message);
    if (owner.kind === 'io') return await createForMigration(hook, exchange, { ...connector, instanceId }, body);
  }
  await hook.proxy.pass(request, response, body);
}
