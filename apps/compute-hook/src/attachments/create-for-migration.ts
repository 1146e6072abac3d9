import type { Attachment } from '@iorcl/api';
import { describeError } from '@iorcl/service';
import * as z from 'zod';
import { answerAsCinder } from '../proxy/cinder-answer.ts';
import { CinderFault } from '../proxy/cinder-fault.ts';
import type { HookRequest } from '../proxy/front-door.ts';
import type { WholeAnswer } from '../proxy/reverse-proxy.ts';
import { attachThroughIoHost, undoAttach } from './attach-through-io-host.ts';
import { attachmentTarget } from './attachment-call.ts';
import type { AttachmentHook } from './attachment-hook.ts';
import { type ConnectorRequest, connectorIn, withConnector } from './connector.ts';
import { connectorOfIoHost, endOnIoHost, type IoHost, ioHostFault, LOOK_TIMEOUT_MS } from './io-host.ts';
import type { CloudView } from './ownership.ts';
import { relay } from './relay.ts';
import { requireNova } from './require-nova.ts';

interface MigrationRequest extends ConnectorRequest {
  readonly host: string;
  readonly instanceId: string;
}

/** An attachment in Cinder, and what Cinder answered to whoever asked for it now. */
interface Created {
  readonly id: string;
  readonly answered?: Readonly<Record<string, unknown>>;
}

const createdSchema = z.object({ attachment: z.looseObject({ id: z.uuid() }) });

/**
 * Makes a second attachment of an io instance's volume for a live migration to this host: in Cinder by Nova's own request,
 * with the I/O host's connector in the place of this host's, then attached and imported as any other. Nova learns the
 * attachment's id only from the answer, so nobody but the hook could take it back: what fails is undone here, in Cinder too.
 */
export async function createForMigration(
  hook: AttachmentHook,
  exchange: HookRequest,
  connector: ConnectorRequest & { readonly instanceId: string },
  body: Buffer,
): Promise<void> {
  const { request, response, requestId } = exchange;
  const { host, instanceId, volumeId } = connector;
  if (host === undefined) {
    throw new CinderFault(400, `The connector for instance ${instanceId} names no host; nothing was changed.`);
  }
  const asked: MigrationRequest = { ...connector, host };
  await requireNova(hook.cloud, exchange);
  // A client that got no answer asks again while the first request is still being answered.
  await hook.queue.run(`${instanceId} ${volumeId}`, async () => {
    const known = await onIoHost(hook.ioHost, asked, requestId);
    const created = (await madeBefore(hook, asked, known, requestId)) ?? (await create(hook, exchange, known, body));
    if (created === undefined) return;
    const answer = await hook.queue.run(created.id, () => connect(hook, exchange, created, asked));
    answerAsCinder(request, response, { status: 200, requestId, body: answer });
  });
}

/** The volume's attachments of this instance that the I/O host has. */
async function onIoHost(
  ioHost: IoHost,
  { instanceId, volumeId }: MigrationRequest,
  requestId: string,
): Promise<readonly Attachment[]> {
  // Without a volume Cinder refuses the request.
  if (volumeId === undefined) return [];
  const signal = AbortSignal.timeout(LOOK_TIMEOUT_MS);
  try {
    return await ioHost.listAttachments({ filter: { instanceId, volumeId }, requestId, signal });
  } catch (cause) {
    throw ioHostFault(cause);
  }
}

/**
 * The attachment that an earlier request for the same was answered with, or would have been: its answer may have been lost,
 * and the hook may have been killed just before it.
 */
async function madeBefore(
  hook: AttachmentHook,
  { host }: MigrationRequest,
  known: readonly Attachment[],
  requestId: string,
): Promise<Created | undefined> {
  const earlier = known.find(({ computeHost, status }) => computeHost === host && status !== 'detaching');
  if (earlier === undefined) return undefined;
  const { id } = earlier;
  if (await isInCinder(hook.cloud, id, requestId)) return { id };
  await hook.queue.run(id, () => endLeftover(hook, id, requestId));
  return undefined;
}

async function isInCinder(cloud: CloudView, attachmentId: string, requestId: string): Promise<boolean> {
  try {
    return (await cloud.attachment(attachmentId, requestId)) !== undefined;
  } catch (cause) {
    const why = `Cinder did not tell whether attachment ${attachmentId} is still there: ${describeError(cause)}`;
    throw new CinderFault(503, `${why}. Nothing was changed.`, cause);
  }
}

/** Ends what an earlier migration left here and on the I/O host, and Cinder has forgotten. */
async function endLeftover(
  { imports, ioHost }: AttachmentHook,
  attachmentId: string,
  requestId: string,
): Promise<void> {
  try {
    await imports.remove(attachmentId);
    await endOnIoHost(ioHost, attachmentId, requestId);
  } catch (cause) {
    const why = `Attachment ${attachmentId} is left of an earlier migration and can't be ended`;
    throw new CinderFault(503, `${why}: ${describeError(cause)}. Nothing was changed in Cinder.`, cause);
  }
}

/**
 * Makes the attachment in Cinder with the caller's own tokens. Undefined: Cinder refused, which has been answered.
 *
 * While another attachment of a volume is connected, Cinder takes a connector only with the attachment's creation, so it has
 * to be the I/O host's from the start. A volume that the I/O host does not have yet is only reserved: if it is connected
 * elsewhere, past the I/O host, Cinder then refuses to connect it there too.
 */
async function create(
  { proxy, ioHost }: AttachmentHook,
  exchange: HookRequest,
  known: readonly Attachment[],
  body: Buffer,
): Promise<Created | undefined> {
  const [other] = known;
  const connector = other === undefined ? null : await connectorForCinder(ioHost, other.ioHost, exchange, body);
  const target = exchange.request.url ?? '';
  const answer = await proxy.ask(exchange.request, { method: 'POST', target, body: withConnector(body, connector) });
  if (answer.status >= 200 && answer.status <= 299) return createdIn(answer);
  relay(exchange, answer);
  return undefined;
}

/** The I/O host's own connector, with the device name that Nova gave. */
async function connectorForCinder(
  ioHost: IoHost,
  name: string,
  { requestId }: HookRequest,
  body: Buffer,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return { ...(await connectorOfIoHost(ioHost, name, requestId)), mountpoint: connectorIn(body)?.mountpoint };
  } catch (cause) {
    throw ioHostFault(cause);
  }
}

function createdIn(answer: WholeAnswer): Created {
  try {
    const { attachment } = createdSchema.parse(JSON.parse(answer.body.toString('utf8')));
    return { id: attachment.id, answered: attachment };
  } catch (cause) {
    throw new CinderFault(502, "Cinder's answer is not an attachment.", cause);
  }
}

async function connect(
  hook: AttachmentHook,
  exchange: HookRequest,
  { id: attachmentId, answered }: Created,
  connector: MigrationRequest,
): Promise<string> {
  // One that Nova may be using already is never taken away because a repetition failed.
  const isNew = hook.imports.find(attachmentId) === undefined;
  try {
    const answer = await attachThroughIoHost(hook, exchange, attachmentId, connector, answered);
    if (!isNew || !exchange.response.destroyed) return answer;
    const left = await undoAttach(hook, attachmentId, exchange.requestId);
    throw new CinderFault(503, `Whoever asked left before attachment ${attachmentId} was there.${left}`);
  } catch (error) {
    if (!isNew) throw error;
    const left = await forget(hook, exchange, attachmentId);
    if (left === '') throw error;
    const fault = ioHostFault(error);
    throw new CinderFault(fault.status, `${fault.message}${left}`, error);
  }
}

/**
 * Deletes the attachment in Cinder with the caller's tokens. Also where the I/O host could not be told: that volume is held by the
 * source's attachment, and what Cinder doesn't know the I/O host ends by itself. Answers what is left, in words.
 */
async function forget(
  { proxy }: AttachmentHook,
  { request, logger }: HookRequest,
  attachmentId: string,
): Promise<string> {
  const target = attachmentTarget(request.url ?? '', attachmentId);
  let why: string;
  try {
    const { status, body } = await proxy.ask(request, { method: 'DELETE', target });
    if ((status >= 200 && status <= 299) || status === 404) return '';
    why = `Cinder answered ${status}: ${body.toString('utf8').slice(0, 500)}`;
  } catch (cause) {
    why = describeError(cause);
  }
  logger.error(`attachment ${attachmentId} is left in Cinder, and nobody uses it: ${why}`, { attachmentId });
  return ` Attachment ${attachmentId} is left in Cinder and has to be deleted: ${why}.`;
}
