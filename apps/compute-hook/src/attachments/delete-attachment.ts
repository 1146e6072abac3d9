import { describeError } from '@iorcl/service';
import { CinderFault } from '../proxy/cinder-fault.ts';
import type { HookRequest } from '../proxy/front-door.ts';
import type { AttachmentHook } from './attachment-hook.ts';
import { endOnIoHost, ioHostFault, knownToIoHost } from './io-host.ts';
import { ownerOfAttachment } from './ownership.ts';
import { requireNova } from './require-nova.ts';

/**
 * `DELETE /attachments/{id}`. For io instances Cinder is told last, by nova-compute's own request with its own tokens, and
 * only after import, export and backend are verified gone. If that fails, Cinder is not told: the volume stays in use.
 */
export async function deleteAttachment(
  hook: AttachmentHook,
  exchange: HookRequest,
  attachmentId: string,
): Promise<void> {
  const { request, response, requestId, logger } = exchange;
  const passed = await hook.queue.run(attachmentId, async () => {
    if (!(await isOurs(hook, exchange, attachmentId))) return false;
    await requireNova(hook.cloud, exchange);
    try {
      await hook.imports.remove(attachmentId);
    } catch (cause) {
      throw new CinderFault(
        500,
        `The volume could not be removed from this compute host, so it stays attached: ${describeError(cause)}.`,
        cause,
      );
    }
    try {
      await endOnIoHost(hook.ioHost, attachmentId, requestId);
    } catch (cause) {
      throw ioHostFault(cause);
    }
    logger.info('detached from the I/O host', { attachmentId });
    // Still in the queue: an attach of the same attachment must not begin before Cinder has forgotten it.
    await hook.proxy.pass(request, response);
    return true;
  });
  if (!passed) await hook.proxy.pass(request, response);
}

/**
 * Whether there may be anything of the attachment to be removed before Cinder is told. Nova's and Cinder's word is not
 * enough: the server may be deleted, or of another flavor than when it was attached. What the I/O host does not know, it
 * does not export. Where it does not answer, a plain instance does not have to wait for it.
 */
async function isOurs(
  hook: AttachmentHook,
  { requestId, logger }: HookRequest,
  attachmentId: string,
): Promise<boolean> {
  if (hook.imports.find(attachmentId) !== undefined) return true;
  let undecidable: unknown;
  try {
    const owner = await ownerOfAttachment(hook.cloud, attachmentId, requestId);
    if (owner.kind === 'io' || owner.kind === 'refused') return true;
  } catch (cause) {
    undecidable = cause;
  }
  try {
    return (await knownToIoHost(hook.ioHost, attachmentId, requestId)) !== undefined;
  } catch (cause) {
    if (undecidable !== undefined) throw undecidable;
    logger.warn(`the I/O host does not say whether it has this attachment, Nova says not: ${describeError(cause)}`, {
      attachmentId,
    });
    return false;
  }
}
