import type { CreateAttachmentResponse } from '@iorcl/api';
import { describeError } from '@iorcl/service';
import type { WantedImport } from '../imports/imports.ts';
import { CinderFault } from '../proxy/cinder-fault.ts';
import type { HookRequest } from '../proxy/front-door.ts';
import type { AttachmentHook } from './attachment-hook.ts';
import { connectionInfo } from './connection-info.ts';
import type { ConnectorRequest } from './connector.ts';
import { endOnIoHost, ioHostFault, mayHaveAttached } from './io-host.ts';

/**
 * Attaches and imports, and answers the body of Cinder's answer: its attachment with a connection_info that names the
 * import. A failed attach is undone, but for Cinder's own record. One call at a time per attachment.
 *
 * @param answered what Cinder answered to whoever asked, where that was not the I/O host
 * @throws CinderFault
 */
export async function attachThroughIoHost(
  hook: AttachmentHook,
  { requestId, logger }: HookRequest,
  attachmentId: string,
  connector: ConnectorRequest,
  answered?: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { host: computeHost, mountpoint } = connector;
  if (computeHost === undefined) {
    throw new CinderFault(400, `The connector for attachment ${attachmentId} names no host; nothing was changed.`);
  }
  // One that Nova may be using already is never taken away because a repetition failed.
  const isNew = hook.imports.find(attachmentId) === undefined;
  const undo = (): Promise<string> => (isNew ? undoAttach(hook, attachmentId, requestId) : Promise.resolve(''));
  let attached: CreateAttachmentResponse;
  try {
    attached = await hook.ioHost.createAttachment({ attachmentId, computeHost, mountpoint }, { requestId });
  } catch (error) {
    if (isNew && mayHaveAttached(error)) {
      await endOnIoHost(hook.ioHost, attachmentId, requestId).catch((cause: unknown) =>
        logger.warn(`what the I/O host may have begun is left to it: ${describeError(cause)}`, { attachmentId }),
      );
    }
    throw ioHostFault(error);
  }
  const { attachment, access, cinder } = attached;
  const { accessMode, qosSpecs, cacheable } = cinder;
  const wanted: WantedImport = {
    version: 1,
    attachmentId,
    instanceId: attachment.instanceId,
    volumeId: attachment.volumeId,
    computeHost,
    network: attachment.network,
    access,
    traits: { accessMode, qosSpecs, cacheable },
  };
  try {
    const disk = await hook.imports.ensure(wanted);
    logger.info('imported', { attachmentId, instanceId: attachment.instanceId, path: disk.path });
    const info = connectionInfo(attachmentId, attachment.volumeId, disk, wanted.traits);
    return JSON.stringify({ attachment: { ...(answered ?? cinder.attachment), connection_info: info } });
  } catch (cause) {
    const left = await undo();
    throw new CinderFault(
      500,
      `The volume could not be imported on this compute host: ${describeError(cause)}.${left}`,
      cause,
    );
  }
}

/** Takes back what an attach did: import first, then the I/O host's part. Answers what could not be undone, in words. */
export async function undoAttach(hook: AttachmentHook, attachmentId: string, requestId: string): Promise<string> {
  try {
    await hook.imports.remove(attachmentId);
    await endOnIoHost(hook.ioHost, attachmentId, requestId);
    return '';
  } catch (error) {
    return ` What was done could not be undone at once, and is when the attachment is deleted: ${describeError(error)}.`;
  }
}
