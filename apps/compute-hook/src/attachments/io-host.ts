import { type ApiClient, ApiClientError, type ApiErrorCode, type Attachment, type StorageConnector } from '@iorcl/api';
import { describeError } from '@iorcl/service';
import { CinderFault } from '../proxy/cinder-fault.ts';

/** What the hook asks of iorcld. */
export type IoHost = Pick<
  ApiClient,
  'createAttachment' | 'deleteAttachment' | 'listAttachments' | 'listHosts' | 'resizeAttachment' | 'showAttachment'
>;

const STATUS: Readonly<Partial<Record<ApiErrorCode | 'unreachable' | 'bad_answer', number>>> = {
  policy_refused: 400,
  network_refused: 400,
  volume_refused: 400,
  bad_request: 400,
  attachment_not_found: 404,
  attachment_conflict: 409,
  unreachable: 503,
  bad_answer: 503,
  cloud_unavailable: 503,
  journal_unavailable: 503,
  shutting_down: 503,
  // The hook's own credentials: nothing that whoever asked could do about.
  unauthorized: 503,
  forbidden: 503,
};

/** How long a look may take, in milliseconds: it takes iorcld no time, and nova-compute waits meanwhile. */
export const LOOK_TIMEOUT_MS: number = 10_000;

/** What nova-compute is told of an error of iorcld's. */
export function ioHostFault(error: unknown): CinderFault {
  if (error instanceof CinderFault) return error;
  if (!(error instanceof ApiClientError)) {
    return new CinderFault(503, `The I/O host can't be asked: ${describeError(error)}`, error);
  }
  return new CinderFault(
    STATUS[error.code] ?? 500,
    `The I/O host did not do it (${error.code}): ${error.message}`,
    error,
  );
}

/** Whether a failed create may nevertheless have left an attachment on the I/O host. */
export function mayHaveAttached(error: unknown): boolean {
  if (!(error instanceof ApiClientError) || error.status === undefined) return true;
  // Only a refusal is certain: an answer that says yes but can't be understood has attached, too.
  return error.status < 400 || error.status >= 500;
}

/** Ends the attachment on the I/O host; one that it doesn't know is ended already. */
export async function endOnIoHost(ioHost: IoHost, attachmentId: string, requestId: string): Promise<void> {
  try {
    await ioHost.deleteAttachment(attachmentId, { requestId });
  } catch (error) {
    if (error instanceof ApiClientError && error.code === 'attachment_not_found') return;
    throw error;
  }
}

/**
 * The attachment as the I/O host has it; undefined when it knows none.
 *
 * @throws ApiClientError when it can't be asked
 */
export async function knownToIoHost(
  ioHost: Pick<IoHost, 'showAttachment'>,
  attachmentId: string,
  requestId: string,
): Promise<Attachment | undefined> {
  try {
    return await ioHost.showAttachment(attachmentId, { requestId, signal: AbortSignal.timeout(LOOK_TIMEOUT_MS) });
  } catch (error) {
    if (error instanceof ApiClientError && error.code === 'attachment_not_found') return undefined;
    throw error;
  }
}

/**
 * With which an I/O host connects volumes. An older iorcld does not tell: its name is enough for storage that does not ask who
 * connects, such as RBD and NFS.
 *
 * @throws ApiClientError when it can't be asked
 */
export async function connectorOfIoHost(
  ioHost: Pick<IoHost, 'listHosts'>,
  name: string,
  requestId: string,
): Promise<StorageConnector | { readonly host: string }> {
  const hosts = await ioHost.listHosts({ requestId, signal: AbortSignal.timeout(LOOK_TIMEOUT_MS) });
  return hosts.find(({ host }) => host === name)?.connector ?? { host: name };
}
