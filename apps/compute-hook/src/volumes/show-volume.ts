import * as z from 'zod';
import type { AttachmentHook } from '../attachments/attachment-hook.ts';
import type { HookRequest } from '../proxy/front-door.ts';

const BYTES_PER_GIB = 2 ** 30;

const bodySchema = z.object({ volume: z.object({ size: z.int().positive() }) });

/**
 * `GET /volumes/{id}` of a volume that is imported here: Cinder's own answer. It is by this call that nova-compute
 * learns how far to extend a disk, and what it then tells its driver must be true: so a volume that has grown first
 * grows here.
 */
export async function showVolume(hook: AttachmentHook, exchange: HookRequest, volumeId: string): Promise<void> {
  const { request, response } = exchange;
  const sizeBytes = hook.growth.concerns(volumeId) ? await sizeInCinder(hook, exchange) : undefined;
  if (sizeBytes !== undefined) await hook.growth.volumeHas(volumeId, sizeBytes, exchange);
  await hook.proxy.pass(request, response);
}

/**
 * The size as whoever asked may see it; undefined where Cinder does not tell, which the answer that is passed on then
 * tells.
 */
async function sizeInCinder({ proxy }: AttachmentHook, { request, logger }: HookRequest): Promise<number | undefined> {
  try {
    const { status, body } = await proxy.ask(request);
    if (status !== 200) return undefined;
    return bodySchema.parse(JSON.parse(body.toString('utf8'))).volume.size * BYTES_PER_GIB;
  } catch (cause) {
    logger.warn(`Cinder does not tell the size of a volume that is imported here: ${String(cause)}`);
    return undefined;
  }
}
