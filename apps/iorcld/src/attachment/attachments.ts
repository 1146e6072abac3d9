import { randomBytes } from 'node:crypto';
import type { Attachment, CreateAttachmentRequest, CreateAttachmentResponse } from '@iorcl/api';
import { describeError, type Logger } from '@iorcl/service';
import { type Journal, JournalError } from '../journal/journal.ts';
import { AttachmentError } from './error.ts';
import { grantIdentity } from './grant-identity.ts';
import type { KeyedLocks } from './locks.ts';
import { type PlanningOptions, planAttachment } from './plan.ts';
import { type AttachmentRecord, networkKey, type Plan } from './record.ts';
import type { RunOptions, StepRunner } from './runner.ts';
import { attachmentView, createResponse } from './view.ts';

export interface AttachmentsOptions {
  readonly journal: Journal;
  readonly runner: StepRunner;
  readonly locks: KeyedLocks;
  readonly planning: PlanningOptions;
  readonly logger: Logger;
  readonly ioHost: string;
  readonly driver: string;
  readonly ports: { readonly first: number; readonly last: number };
}

export interface CreateOptions extends RunOptions {
  /** Aborts when whoever asked no longer waits for the answer. */
  readonly caller?: AbortSignal;
}

/** The attachments of this I/O host: what the HTTP API calls. Methods throw {@link AttachmentError}. */
export class Attachments {
  readonly #options: AttachmentsOptions;
  readonly #creating = new Map<
    string,
    { request: CreateAttachmentRequest; answer: Promise<CreateAttachmentResponse>; caller: AbortSignal | undefined }
  >();
  #stopping = false;

  constructor(options: AttachmentsOptions) {
    this.#options = options;
  }

  list(): readonly Attachment[] {
    return this.#options.journal.attachments().map(attachmentView);
  }

  show(id: string): Attachment {
    return attachmentView(this.#known(id));
  }

  /**
   * Attaches, or answers what is attached already. The same request twice, also at once, has one effect. Begins nothing for
   * a caller that is gone: it may have removed already what it believes half made. What has begun goes on without it.
   */
  async create(request: CreateAttachmentRequest, options: CreateOptions = {}): Promise<CreateAttachmentResponse> {
    const { attachmentId } = request;
    this.#refuseWhenStopping(attachmentId);
    const running = this.#creating.get(attachmentId);
    if (running !== undefined && running.caller?.aborted !== true) {
      refuseOtherHost(attachmentId, running.request.computeHost, request.computeHost);
      return running.answer;
    }
    const answer = this.#options.locks.run([`attachment:${attachmentId}`], () => this.#create(request, options));
    const creating = { request, answer, caller: options.caller };
    this.#creating.set(attachmentId, creating);
    try {
      return await answer;
    } finally {
      if (this.#creating.get(attachmentId) === creating) this.#creating.delete(attachmentId);
    }
  }

  /** Resolves when the export and the backend are verified gone. */
  async remove(id: string, options: RunOptions = {}): Promise<void> {
    this.#refuseWhenStopping(id);
    // A later create must wait for this removal, not share the answer of what is removed.
    this.#creating.delete(id);
    await this.#options.locks.run([`attachment:${id}`], async () => {
      const { plan } = this.#known(id);
      await this.#alone(plan, () => this.#options.runner.detach(this.#known(id), options));
    });
  }

  /**
   * Brings the world back to what the journal says, after a start: what was attached is verified and, where it doesn't
   * hold, made again; what was half attached or half detached is undone. Failures stay in the attachment's fault.
   */
  async adoptAll(): Promise<void> {
    await Promise.all(this.#options.journal.attachments().map((record) => this.#adopt(record)));
  }

  /** Refuses new changes, and resolves when those that run have ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#options.locks.idle();
  }

  async #create(request: CreateAttachmentRequest, options: CreateOptions): Promise<CreateAttachmentResponse> {
    const { journal, runner, planning, ioHost, driver, ports } = this.#options;
    const { attachmentId, computeHost } = request;
    const existing = journal.attachment(attachmentId);
    if (existing !== undefined) {
      refuseWhenLeaving(existing);
      refuseOtherHost(attachmentId, existing.plan.computeHost, computeHost);
      return this.#alone(existing.plan, async () => createResponse(await runner.ensure(existing, options)));
    }
    const plan = await planAttachment(planning, request, options);
    return this.#alone(plan, async () => {
      refuseWithoutCaller(attachmentId, options.caller);
      this.#refuseSecondWriter(plan);
      this.#refuseSecondNetwork(plan);
      const grant = {
        client: computeHost,
        identity: grantIdentity(attachmentId, computeHost),
        secretHex: randomBytes(32).toString('hex'),
      };
      const record = this.#begin(() => journal.begin({ plan, ioHost, driver, grant, ports }), plan);
      return createResponse(await runner.attach(record, options));
    });
  }

  async #adopt({ plan, intent, status }: AttachmentRecord): Promise<void> {
    const { journal, runner, locks, logger } = this.#options;
    const { attachmentId, instanceId, volumeId } = plan;
    const log = logger.with({ attachmentId, instanceId, volumeId });
    const finished = intent === 'attach' && status !== 'attaching';
    try {
      await locks.run([`attachment:${attachmentId}`], () =>
        this.#alone(plan, async () => {
          const record = journal.attachment(attachmentId);
          if (record === undefined) return;
          if (finished) await runner.ensure(record);
          else await runner.detach(record, {}, `because it was ${status} when iorcld stopped`);
        }),
      );
      log.info(finished ? 'adopted' : `undone: it was ${status} when iorcld stopped`);
    } catch (cause) {
      log.error(`${finished ? 'not adopted' : 'not undone'}, stays in error: ${describeError(cause)}`);
    }
  }

  /** One writer per volume and per instance. */
  #alone<T>({ volumeId, instanceId }: Plan, action: () => Promise<T>): Promise<T> {
    return this.#options.locks.run([`instance:${instanceId}`, `volume:${volumeId}`], action);
  }

  #known(id: string): AttachmentRecord {
    const record = this.#options.journal.attachment(id);
    if (record === undefined) {
      throw new AttachmentError(
        'attachment_not_found',
        id,
        `There is no attachment ${id} on I/O host ${this.#options.ioHost}.`,
      );
    }
    return record;
  }

  #refuseWhenStopping(id: string): void {
    if (this.#stopping) {
      throw new AttachmentError('shutting_down', id, 'iorcld is stopping; try again when it is back.', {
        retryable: true,
      });
    }
  }

  #refuseSecondWriter({ attachmentId, volumeId, instanceId }: Plan): void {
    const other = this.#options.journal.attachments().find((record) => record.plan.volumeId === volumeId);
    if (other === undefined) return;
    const held = `Volume ${volumeId} is already ${other.status} by attachment ${other.plan.attachmentId}`;
    const why =
      other.plan.instanceId === instanceId
        ? `${held} of the same instance. Two at once are for live migration, which is not supported yet.`
        : `${held} of instance ${other.plan.instanceId}. A volume has one writer.`;
    throw new AttachmentError('attachment_conflict', attachmentId, `${why} Delete that one first.`);
  }

  /** All volumes of an instance are served by one listener, which is in one network. */
  #refuseSecondNetwork({ attachmentId, instanceId, network }: Plan): void {
    const listener = this.#options.journal.listener(instanceId);
    if (listener === undefined || networkKey(listener.network) === networkKey(network)) return;
    throw new AttachmentError(
      'network_refused',
      attachmentId,
      `Instance ${instanceId} has exports on network ${listener.network.networkId}, so another on network ${network.networkId} is refused. Detach its volumes first, or set io:network to that network.`,
    );
  }

  #begin(begin: () => AttachmentRecord, { attachmentId }: Plan): AttachmentRecord {
    try {
      return begin();
    } catch (cause) {
      if (!(cause instanceof JournalError) || cause.code !== 'no_port') throw cause;
      throw new AttachmentError('network_refused', attachmentId, cause.message, { cause, retryable: true });
    }
  }
}

function refuseOtherHost(attachmentId: string, has: string, wants: string): void {
  if (has === wants) return;
  throw new AttachmentError(
    'attachment_conflict',
    attachmentId,
    `Attachment ${attachmentId} is for compute host ${has}, but was now asked for by ${wants}. Moving an attachment to another host is not supported yet; delete it first.`,
  );
}

function refuseWithoutCaller(attachmentId: string, caller: AbortSignal | undefined): void {
  if (caller?.aborted !== true) return;
  throw new AttachmentError(
    'attachment_conflict',
    attachmentId,
    `Attachment ${attachmentId} was not begun: whoever asked for it no longer waits. Nothing was changed.`,
  );
}

function refuseWhenLeaving({ plan, intent, fault }: AttachmentRecord): void {
  if (intent === 'attach') return;
  throw new AttachmentError(
    'attachment_conflict',
    plan.attachmentId,
    `Attachment ${plan.attachmentId} is being removed${fault === null ? '' : `, which failed: ${fault.message}`}. Delete it before attaching again.`,
  );
}
