import { answerAsCinder } from '../proxy/cinder-answer.ts';
import { CinderFault } from '../proxy/cinder-fault.ts';
import type { HookRequest } from '../proxy/front-door.ts';
import { attachThroughIoHost } from './attach-through-io-host.ts';
import { type AttachmentHook, noSuchAttachment } from './attachment-hook.ts';
import { connectorIn } from './connector.ts';
import { ownerOfAttachment } from './ownership.ts';
import { receivedBody } from './received-body.ts';
import { requireNova } from './require-nova.ts';

/** `PUT /attachments/{id}` with a connector: the volume is to be connected. */
export async function updateAttachment(
  hook: AttachmentHook,
  exchange: HookRequest,
  attachmentId: string,
): Promise<void> {
  const { request, response, requestId } = exchange;
  const body = await receivedBody(exchange);
  const connector = connectorIn(body);
  if (connector === undefined) return await hook.proxy.pass(request, response, body);
  const answered = await hook.queue.run(attachmentId, async () => {
    if (hook.imports.find(attachmentId) === undefined) {
      const owner = await ownerOfAttachment(hook.cloud, attachmentId, requestId);
      if (owner.kind === 'stock') return false;
      // Passing it on would be safe only if the service user really sees every attachment.
      if (owner.kind === 'no-attachment') throw noSuchAttachment(attachmentId);
      if (owner.kind === 'refused') throw new CinderFault(400, owner.message);
    }
    await requireNova(hook.cloud, exchange);
    const answer = await attachThroughIoHost(hook, exchange, attachmentId, connector);
    answerAsCinder(request, response, { status: 200, requestId, body: answer });
    return true;
  });
  if (!answered) await hook.proxy.pass(request, response, body);
}
