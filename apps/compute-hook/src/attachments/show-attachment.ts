import * as z from 'zod';
import { CinderFault } from '../proxy/cinder-fault.ts';
import type { HookRequest } from '../proxy/front-door.ts';
import type { WholeAnswer } from '../proxy/reverse-proxy.ts';
import { type AttachmentHook, noSuchAttachment } from './attachment-hook.ts';
import { connectionInfo } from './connection-info.ts';
import { ownerOfAttachment } from './ownership.ts';
import { relay } from './relay.ts';

const bodySchema = z.looseObject({ attachment: z.looseObject({}) });

/**
 * `GET /attachments/{id}`: Cinder's answer, for io instances with a connection_info that names the import; none where it is
 * not imported here. How the storage itself is reached, credentials included, never leaves by this way.
 */
export async function showAttachment(hook: AttachmentHook, exchange: HookRequest, attachmentId: string): Promise<void> {
  const { request, response, requestId } = exchange;
  // Only what is imported is asked in turn: an attach or detach must not wait for Cinder to answer a look.
  const record = await hook.queue.run(attachmentId, async () => hook.imports.find(attachmentId));
  if (record === undefined) {
    const owner = await ownerOfAttachment(hook.cloud, attachmentId, requestId);
    if (owner.kind === 'stock') return await hook.proxy.pass(request, response);
    if (owner.kind === 'no-attachment') throw noSuchAttachment(attachmentId);
  }
  const answer = await hook.proxy.ask(request);
  const info =
    record === undefined
      ? {}
      : connectionInfo(attachmentId, record.volumeId, hook.imports.place(record), record.traits);
  relay(exchange, answer.status === 200 ? withConnectionInfo(answer, info) : answer);
}

function withConnectionInfo(answer: WholeAnswer, info: Readonly<Record<string, unknown>>): WholeAnswer {
  let parsed: z.infer<typeof bodySchema>;
  try {
    parsed = bodySchema.parse(JSON.parse(answer.body.toString('utf8')));
  } catch (cause) {
    throw new CinderFault(502, "Cinder's answer is not an attachment.", cause);
  }
  const attachment = { ...parsed.attachment, connection_info: info };
  return { ...answer, body: Buffer.from(JSON.stringify({ ...parsed, attachment })) };
}
