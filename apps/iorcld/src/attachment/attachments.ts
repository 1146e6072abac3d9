import type {
  Attachment,
  CreateAttachmentRequest,
  CreateAttachmentResponse,
  ResizeAttachmentResponse,
} from '@iorcl/api';
import { checkLimits, type DriverCapabilities, DriverError, type QosLimits } from '@iorcl/iohyp-driver';
import { describeError, type Logger } from '@iorcl/service';
import type { Instance } from '../cloud/contract.ts';
import { type Journal, JournalError } from '../journal/journal.ts';
import { Callers } from './callers.ts';
import { AttachmentError } from './error.ts';
import { Gate } from './gate.ts';
import { grantIdentity } from './grant-identity.ts';
import type { KeyedLocks } from './locks.ts';
import { type AllThere, planWithNetworks } from './new-instance.ts';
import type { AttachmentChange } from './observer.ts';
import { BYTES_PER_GIB, cloudRefusal, type PlanningOptions, planAttachment, reservedAttachment } from './plan.ts';
import { type AttachmentRecord, networkKey, type Plan } from './record.ts';
import {
  refuseOtherRequest,
  refuseWhenDisabled,
  refuseWhenLeaving,
  refuseWhenStopping,
  refuseWhileLost,
  refuseWithoutCaller,
} from './refusals.ts';
import type { RunOptions, StepRunner } from './runner.ts';
import { attachmentView, createResponse, exportedBytes } from './view.ts';

export interface AttachmentsOptions {
  readonly journal: Journal;
  readonly runner: StepRunner;
  readonly locks: KeyedLocks;
  readonly planning: PlanningOptions;
  readonly logger: Logger;
  readonly ioHost: string;
  readonly driver: string;
  readonly capabilities: DriverCapabilities;
  /** Key of a grant's identity: the same whenever it is asked, and known to nobody else. */
  readonly grantKey: (identity: string) => string;
  readonly ports: { readonly first: number; readonly last: number };
  /** How many attachments are worked on at once. Default 16. */
  readonly parallel?: number | undefined;
}

/** Who may use an export, without the key. */
export interface GrantView {
  readonly client: string;
  readonly identity: string;
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
    { request: CreateAttachmentRequest; answer: Promise<CreateAttachmentResponse>; callers: Callers }
  >();
  /** Plans only read, and are made beside the work; whose an attachment is must be asked first. */
  readonly #lookups: Gate;
  readonly #plans: Gate;
  /** Behind a lock per instance: only the first of its requests stands here. */
  readonly #works: Gate;
  #stopping = false;

  constructor(options: AttachmentsOptions) {
    this.#options = options;
    const { parallel = 16 } = options;
    this.#lookups = new Gate(parallel);
    this.#plans = new Gate(parallel);
    this.#works = new Gate(parallel);
  }

  /** Requests that wait for their turn. */
  get queued(): number {
    return this.#lookups.queued + this.#plans.queued + this.#works.queued;
  }

  list(): readonly Attachment[] {
    return this.#options.journal.attachments().map(attachmentView);
  }

  show(id: string): Attachment {
    return attachmentView(this.#known(id));
  }

  /**
   * Attaches, or answers what is attached already. The same request twice, also at once, has one effect. Begins nothing
   * where whoever asked is gone: it may have removed already what it believes half made. What has begun goes on without it.
   */
  async create(request: CreateAttachmentRequest, options: CreateOptions = {}): Promise<CreateAttachmentResponse> {
    const { attachmentId } = request;
    refuseWhenStopping(this.#stopping, attachmentId);
    const running = this.#creating.get(attachmentId);
    if (running !== undefined && !running.callers.gone) {
      refuseOtherRequest(attachmentId, running.request, request);
      running.callers.join(options.caller);
      return running.answer;
    }
    const callers = new Callers(options.caller);
    const answer = this.#options.locks.run([`attachment:${attachmentId}`], () =>
      this.#create(request, callers, options),
    );
    const creating = { request, answer, callers };
    this.#creating.set(attachmentId, creating);
    try {
      return await answer;
    } finally {
      if (this.#creating.get(attachmentId) === creating) this.#creating.delete(attachmentId);
    }
  }

  /** Verifies every step, and does again what doesn't hold. What runs is not touched. */
  async repair(id: string, options: RunOptions = {}): Promise<Attachment> {
    return attachmentView(await this.#change(id, 'repaired', async (record) => record, options));
  }

  /** Takes over the size that Cinder has given the volume; `sizeBytes`, where the caller knows it, must be that. */
  async resize(id: string, sizeBytes?: number, options: RunOptions = {}): Promise<ResizeAttachmentResponse> {
    const record = await this.#change(id, 'resized', (now) => this.#journalSize(now, sizeBytes, options), options);
    return { attachment: attachmentView(record), exportedBytes: exportedBytes(record) };
  }

  /** Holds the volume to these limits at once; undefined: to those of Cinder's volume type again. */
  async setQos(id: string, limits: QosLimits | undefined, options: RunOptions = {}): Promise<Attachment> {
    const journalled = async (record: AttachmentRecord) => this.#journalLimits(record, limits);
    return attachmentView(await this.#change(id, 'limited', journalled, options));
  }

  grants(id: string): readonly GrantView[] {
    const { client, identity } = this.#known(id).grant;
    return [{ client, identity }];
  }

  /** Like {@link remove}, for an instance that is gone: then deletes Nova's attachment in Cinder, too. */
  async removeOrphan(id: string, options: RunOptions = {}): Promise<void> {
    await this.#options.locks.run([`attachment:${id}`], async () => {
      this.#known(id);
      this.#options.journal.setOrphaned(id);
    });
    await this.remove(id, options);
  }

  /**
   * Like {@link remove}, for what was half attached or half detached when somebody looked. Answers false where it is
   * attached meanwhile: then it is left alone.
   */
  async removeUnfinished(id: string, options: RunOptions = {}): Promise<boolean> {
    refuseWhenStopping(this.#stopping, id);
    return this.#options.locks.run([`attachment:${id}`], () =>
      this.#alone(this.#known(id).plan, async () => {
        const record = this.#known(id);
        if (isFinished(record)) return false;
        await this.#options.runner.detach(record, options);
        return true;
      }),
    );
  }

  /** Resolves when the export and the backend are verified gone. */
  async remove(id: string, options: RunOptions = {}): Promise<void> {
    refuseWhenStopping(this.#stopping, id);
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

  async #create(
    request: CreateAttachmentRequest,
    callers: Callers,
    options: RunOptions,
  ): Promise<CreateAttachmentResponse> {
    const { journal, runner, planning, ioHost, driver, ports, grantKey } = this.#options;
    const { attachmentId, computeHost } = request;
    const existing = journal.attachment(attachmentId);
    if (existing !== undefined) {
      refuseWhenLeaving(existing);
      refuseOtherRequest(attachmentId, existing.plan, request);
      return this.#alone(existing.plan, async () => createResponse(await runner.ensure(existing, options)));
    }
    refuseWhileLost(this.#options.journal, attachmentId);
    refuseWhenDisabled(journal, ioHost, attachmentId);
    const reserved = await this.#lookups.run(() => reservedAttachment(planning, request, options), computeHost);
    const planOnce = (allThere: AllThere): Promise<Plan | undefined> =>
      this.#plans.run(() => planAttachment(planning, request, reserved, { ...options, allThere }), reserved.instanceId);
    // With a volume here already, the instance's exports have their network.
    const hasNetwork = journal.listener(reserved.instanceId) !== undefined;
    const planned = await planWithNetworks(hasNetwork, planOnce, () => {
      refuseWhenStopping(this.#stopping, attachmentId);
      refuseWithoutCaller(attachmentId, callers);
    });
    return this.#alone(planned, async () => {
      refuseWithoutCaller(attachmentId, callers);
      const shared = await this.#shared(planned, options);
      // What is shared has the stages that it was opened with.
      const { carrier, flavorLimits } = shared?.plan ?? planned;
      const plan = { ...planned, carrier, flavorLimits };
      this.#refuseSecondNetwork(plan);
      const identity = grantIdentity(attachmentId, computeHost);
      const grant = { client: computeHost, identity, secretHex: grantKey(identity) };
      const record = this.#begin(() => journal.begin({ plan, ioHost, driver, grant, qos: shared?.qos, ports }), plan);
      // Cinder may have given the volume another size since the first was attached.
      if (shared !== undefined) journal.setSize(attachmentId, plan.sizeBytes);
      return createResponse(await runner.attach(record, options));
    });
  }

  async #adopt(before: AttachmentRecord): Promise<void> {
    const { plan, status } = before;
    const { journal, runner, locks, logger } = this.#options;
    const { attachmentId, instanceId, volumeId } = plan;
    const log = logger.with({ attachmentId, instanceId, volumeId });
    const finished = isFinished(before);
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
    return this.#options.locks.run([`instance:${instanceId}`, `volume:${volumeId}`], () => this.#works.run(action));
  }

  #known(id: string): AttachmentRecord {
    const record = this.#options.journal.attachment(id);
    if (record === undefined) {
      // It may well be exported: "there is none" would let Nova hand the volume to somebody else.
      refuseWhileLost(this.#options.journal, id);
      throw new AttachmentError(
        'attachment_not_found',
        id,
        `There is no attachment ${id} on I/O host ${this.#options.ioHost}.`,
      );
    }
    return record;
  }

  /**
   * A volume has one writer, unless Cinder says multiattach: then one instance each. Only while Nova migrates an instance live has its volume two attachments, and Nova sees to it
   * that one of the two writes at a time; both go through what the first has opened.
   */
  async #shared(
    { attachmentId, volumeId, instanceId, computeHost, multiattach }: Plan,
    options: RunOptions,
  ): Promise<AttachmentRecord | undefined> {
    const [other, ...more] = this.#options.journal
      .select({ volumeId })
      .filter(({ plan }) => plan.instanceId === instanceId || multiattach !== true);
    if (other === undefined) return undefined;
    const held = `Volume ${volumeId} is already ${other.status} by attachment ${other.plan.attachmentId}`;
    const refuse = (why: string): AttachmentError =>
      new AttachmentError('attachment_conflict', attachmentId, `${held} ${why} Delete that one first.`);
    if (other.plan.instanceId !== instanceId) {
      throw refuse(`of instance ${other.plan.instanceId}. A volume that is not multiattach has one writer.`);
    }
    if (more.length > 0 || other.plan.computeHost === computeHost || other.status !== 'attached') {
      throw refuse(
        `of the same instance for compute host ${other.plan.computeHost}. Two at once are for live migration between two hosts.`,
      );
    }
    const { taskState } = await this.#instance(instanceId, attachmentId, options);
    if (taskState !== 'migrating') {
      throw refuse(
        `of the same instance for compute host ${other.plan.computeHost}, and Nova is not migrating it live (its task is ${taskState ?? 'none'}, expected migrating).`,
      );
    }
    return other;
  }

  async #instance(id: string, attachmentId: string, options: RunOptions): Promise<Instance> {
    try {
      return await this.#options.planning.cloud.instance(id, options);
    } catch (cause) {
      throw cloudRefusal(attachmentId, cause);
    }
  }

  async #change(
    id: string,
    change: AttachmentChange,
    journal: (record: AttachmentRecord) => Promise<AttachmentRecord>,
    options: RunOptions,
  ): Promise<AttachmentRecord> {
    refuseWhenStopping(this.#stopping, id);
    return this.#options.locks.run([`attachment:${id}`], async () => {
      const { plan } = this.#known(id);
      return this.#alone(plan, async () => {
        const record = this.#known(id);
        refuseWhenLeaving(record);
        return this.#options.runner.ensure(await journal(record), options, change);
      });
    });
  }

  async #journalSize(
    record: AttachmentRecord,
    asked: number | undefined,
    options: RunOptions,
  ): Promise<AttachmentRecord> {
    const { journal, planning } = this.#options;
    const { attachmentId, volumeId, sizeBytes } = record.plan;
    const refuse = (why: string, retryable = false): AttachmentError =>
      new AttachmentError('volume_refused', attachmentId, why, { retryable });
    const { sizeGiB, status } = await planning.cinder.volume(volumeId, options).catch((cause: unknown) => {
      throw cloudRefusal(attachmentId, cause);
    });
    const wanted = sizeGiB * BYTES_PER_GIB;
    if (asked !== undefined && asked !== wanted) {
      const extending = status === 'extending';
      const hint = extending ? ' It is still being extended; try again when that has ended.' : '';
      throw refuse(
        `Volume ${volumeId} can't be resized to ${asked} bytes: Cinder says that it has ${wanted}.${hint}`,
        extending,
      );
    }
    if (wanted < sizeBytes) {
      throw refuse(`Volume ${volumeId} has ${wanted} bytes in Cinder, less than the ${sizeBytes} that are exported.`);
    }
    return journal.setSize(attachmentId, wanted);
  }

  #journalLimits(record: AttachmentRecord, limits: QosLimits | undefined): AttachmentRecord {
    const { attachmentId } = record.plan;
    if (!this.#options.capabilities.interposers.includes('throttle')) {
      const why = `Attachment ${attachmentId} can't be limited: driver ${this.#options.driver} has no limits.`;
      throw new AttachmentError('bad_request', attachmentId, why);
    }
    try {
      checkLimits(limits ?? {});
    } catch (cause) {
      if (!(cause instanceof DriverError)) throw cause;
      const why = `Attachment ${attachmentId} can't be limited so: ${cause.message}.`;
      throw new AttachmentError('bad_request', attachmentId, why, { cause });
    }
    return this.#options.journal.setQos(attachmentId, limits);
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

/** Whether it is, or should be, attached: neither half made nor being removed. */
function isFinished({ intent, status }: AttachmentRecord): boolean {
  return intent === 'attach' && status !== 'attaching';
}
