import type { Growth } from '../imports/growth.ts';
import type { Imports } from '../imports/imports.ts';
import { CinderFault } from '../proxy/cinder-fault.ts';
import type { HookRequest } from '../proxy/front-door.ts';
import type { ReverseProxy } from '../proxy/reverse-proxy.ts';
import { showVolume } from '../volumes/show-volume.ts';
import { shownVolume } from '../volumes/volume-call.ts';
import { attachmentCall } from './attachment-call.ts';
import { createAttachment } from './create-attachment.ts';
import { deleteAttachment } from './delete-attachment.ts';
import type { IoHost } from './io-host.ts';
import type { CloudView } from './ownership.ts';
import type { SerialQueue } from './serial-queue.ts';
import { showAttachment } from './show-attachment.ts';
import { updateAttachment } from './update-attachment.ts';

/** What answering a call needs. */
export interface AttachmentHook {
  readonly proxy: ReverseProxy;
  readonly cloud: CloudView;
  readonly ioHost: IoHost;
  readonly imports: Imports;
  /** Makes imports follow what Cinder has made of their volumes. */
  readonly growth: Growth;
  /** Calls for one attachment are answered one after the other. */
  readonly queue: SerialQueue;
}

/** Answers one request of nova-compute: the few attachment calls of io instances by the I/O host, all else by Cinder. */
export async function handleRequest(hook: AttachmentHook, exchange: HookRequest): Promise<void> {
  const { request, response } = exchange;
  const call = attachmentCall(request.method ?? '', request.url ?? '');
  switch (call?.kind) {
    case undefined: {
      const volumeId = shownVolume(request.method ?? '', request.url ?? '');
      if (volumeId !== undefined) return await showVolume(hook, exchange, volumeId);
      return await hook.proxy.pass(request, response);
    }
    case 'create':
      return await createAttachment(hook, exchange);
    case 'update':
      return await updateAttachment(hook, exchange, call.attachmentId);
    case 'show':
      return await showAttachment(hook, exchange, call.attachmentId);
    case 'delete':
      return await deleteAttachment(hook, exchange, call.attachmentId);
  }
}

/** Cinder's own words for an attachment that it doesn't know. */
export function noSuchAttachment(attachmentId: string): CinderFault {
  return new CinderFault(404, `Volume attachment could not be found with filter: attachment_id = ${attachmentId}.`);
}
