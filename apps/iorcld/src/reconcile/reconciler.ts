import { describeError, type Logger } from '@iorcl/service';
import { Gate } from '../attachment/gate.ts';
import type { Finding, FindingKind, ReconcileReport } from './finding.ts';
import { type FreshFinding, judge, takesDown } from './judge.ts';
import { type ObservedWorld, observe } from './observe.ts';
import { type RepairWorld, repair } from './repair.ts';

/** How careful the reconciler is. */
export interface ReconcileLimits {
  /** How long an instance must have been gone, and a leftover been there, before it is taken down, in seconds. */
  readonly graceSeconds: number;
  /** A vanished attachment is asked about again after this many seconds, and then fenced. */
  readonly confirmSeconds: number;
  /** Most that one pass takes down, as a share of all attachments, in percent; always at least two. */
  readonly guardPercent: number;
  /** Most that one pass repairs; the rest is left to the next. */
  readonly mostRepairs: number;
}

export interface ReconcilerOptions extends ObservedWorld, RepairWorld {
  readonly limits: ReconcileLimits;
  /** Finds again what a damaged journal held. Answers what keeps it from being done; empty: nothing is missing. */
  readonly recover?: (() => Promise<readonly string[]>) | undefined;
  readonly logger: Logger;
  readonly onReport?: ((report: ReconcileReport) => void) | undefined;
  /** Most that is asked at once. Default 4. */
  readonly parallel?: number | undefined;
  /** Milliseconds of a clock that nobody sets: graces are measured by it. Default: the process's. */
  readonly uptime?: (() => number) | undefined;
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
}

export interface ReconcileRequest {
  /** Only look. */
  readonly dryRun?: boolean | undefined;
  /** Take down whatever is to be taken down, however much it is, and without waiting for the grace. */
  readonly force?: boolean | undefined;
  /** Repair these findings and no others, at once, without grace and guard: somebody has looked at them. */
  readonly only?: readonly string[] | undefined;
  readonly requestId?: string | undefined;
}

/** Repairs of these wait for the grace: what they concern may be about to come back, or to be journalled. */
const NEED_GRACE: ReadonlySet<FindingKind> = new Set([
  'instance_gone',
  'data_plane_unowned',
  'data_plane_left',
  'network_unowned',
  'kernel_unowned',
  'address_unowned',
]);

type Repair = ReconcileReport['repairs'][number];

/** What a pass repairs, what it leaves to another and why, and what keeps it from taking things down. */
interface Choice {
  readonly due: readonly Finding[];
  readonly deferred: readonly Repair[];
  readonly guarded: string | null;
}

/**
 * Compares the journal with data plane, networks, Cinder and Nova, and converges what is ours. Never touches what isn't,
 * never concludes anything from silence.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #gate: Gate;
  readonly #since = new Map<string, number>();
  #passes: Promise<unknown> = Promise.resolve();
  #last: ReconcileReport | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#gate = new Gate(options.parallel ?? 4);
  }

  get lastReport(): ReconcileReport | undefined {
    return this.#last;
  }

  /** One pass; a second one waits for the first. */
  run(request: ReconcileRequest = {}): Promise<ReconcileReport> {
    const pass = this.#passes.then(() => this.#pass(request));
    this.#passes = pass.catch(() => undefined);
    return pass;
  }

  /** A pass now and then one after each interval, until {@link stop}. */
  start(intervalSeconds: number): void {
    clearTimeout(this.#timer);
    const pass = async (): Promise<void> => {
      try {
        await this.run();
      } catch (cause) {
        this.#options.logger.error(`reconciler: a pass failed: ${describeError(cause)}`);
      }
      if (!this.#stopped) this.#timer = setTimeout(pass, intervalSeconds * 1_000).unref();
    };
    this.#timer = setTimeout(pass, 0).unref();
  }

  /** Resolves when the pass that runs has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#passes;
  }

  async #pass({ dryRun = false, force = false, only, requestId }: ReconcileRequest): Promise<ReconcileReport> {
    const { uptime = () => performance.now(), logger, onReport } = this.#options;
    const begun = uptime();
    const startedAt = Date.now();
    const missing = (await this.#options.recover?.()) ?? [];
    if (missing.length > 0) return this.#waiting(missing, startedAt, dryRun);
    const observation = await observe(this.#options, this.#gate, requestId);
    const { findings, ages } = this.#dated(judge(observation), begun, startedAt);
    const total = observation.attachments.length;
    const { due, deferred, guarded } =
      only === undefined ? this.#choose(findings, { force, ages, total }) : named(findings, only);
    const repairs: Repair[] = [...deferred];
    if (!dryRun) {
      await this.#confirm(due, force);
      for (const finding of due) {
        repairs.push(this.#stopped ? deferral(finding, 'iorcld is stopping') : await this.#repair(finding, requestId));
      }
    }
    const report: ReconcileReport = {
      startedAt: new Date(startedAt).toISOString(),
      seconds: (uptime() - begun) / 1_000,
      dryRun,
      findings,
      repairs: dryRun ? [] : repairs,
      unanswered: observation.unanswered,
      guarded,
    };
    if (guarded !== null) logger.error(`reconciler: ${guarded}`);
    for (const silence of observation.unanswered) logger.warn(`reconciler: no answer: ${silence}`, { requestId });
    this.#last = report;
    onReport?.(report);
    return report;
  }

  /** Without a whole journal nothing can be told from a leftover. */
  #waiting(unanswered: readonly string[], startedAt: number, dryRun: boolean): ReconcileReport {
    for (const what of unanswered) this.#options.logger.error(`reconciler: the journal is not rebuilt yet: ${what}`);
    const report: ReconcileReport = {
      ...{ startedAt: new Date(startedAt).toISOString(), seconds: (Date.now() - startedAt) / 1_000, dryRun },
      ...{ findings: [], repairs: [], unanswered, guarded: null },
    };
    this.#last = report;
    this.#options.onReport?.(report);
    return report;
  }

  /** Ages are in seconds, by id. */
  #dated(
    fresh: readonly FreshFinding[],
    at: number,
    wallClock: number,
  ): { readonly findings: readonly Finding[]; readonly ages: ReadonlyMap<string, number> } {
    const ids = new Set(fresh.map(({ id }) => id));
    for (const id of this.#since.keys()) {
      if (!ids.has(id)) this.#since.delete(id);
    }
    for (const { id } of fresh) {
      if (!this.#since.has(id)) this.#since.set(id, at);
    }
    const ages = new Map([...this.#since].map(([id, since]) => [id, (at - since) / 1_000]));
    const since = ({ id }: FreshFinding): string => new Date(wallClock - (ages.get(id) ?? 0) * 1_000).toISOString();
    return { findings: fresh.map((finding) => ({ ...finding, since: since(finding) })), ages };
  }

  #choose(
    findings: readonly Finding[],
    {
      force,
      ages,
      total,
    }: { readonly force: boolean; readonly ages: ReadonlyMap<string, number>; readonly total: number },
  ): Choice {
    const { graceSeconds, guardPercent, mostRepairs } = this.#options.limits;
    const automatic = findings.filter((finding) => finding.repair.automatic);
    const takenDown = automatic.filter(({ kind }) => takesDown.has(kind));
    const most = Math.max(2, Math.floor((total * guardPercent) / 100));
    const guarded =
      !force && takenDown.length > most
        ? `${takenDown.length} of ${total} attachments would be taken down, more than ${most} (${guardPercent} %): nothing is. Look at the findings; if they are right, reconcile with force`
        : null;
    const due: Finding[] = [];
    const deferred: Repair[] = [];
    for (const finding of automatic) {
      const seconds = ages.get(finding.id) ?? 0;
      if (guarded !== null && takesDown.has(finding.kind)) deferred.push(deferral(finding, 'the outage guard holds'));
      else if (!force && NEED_GRACE.has(finding.kind) && seconds < graceSeconds) {
        deferred.push(deferral(finding, `seen for ${Math.floor(seconds)} of ${graceSeconds} s`));
      } else if (due.length >= mostRepairs)
        deferred.push(deferral(finding, `${mostRepairs} repairs are enough for a pass`));
      else due.push(finding);
    }
    return { due, deferred, guarded };
  }

  /** A moment passes before what vanished is asked about once more. */
  async #confirm(due: readonly Finding[], force: boolean): Promise<void> {
    const { limits, sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) } = this.#options;
    if (!force && due.some(({ kind }) => kind === 'cinder_attachment_gone')) await sleep(limits.confirmSeconds * 1_000);
  }

  async #repair(finding: Finding, requestId: string | undefined): Promise<Repair> {
    const { logger } = this.#options;
    const { id, kind, attachmentId, instanceId, volumeId } = finding;
    const log = logger.with({ requestId, attachmentId, instanceId, volumeId });
    try {
      const message = await repair(this.#options, finding, { requestId });
      log.warn(`reconciler: ${kind}: ${finding.message}; ${message}`);
      return { id, kind, outcome: 'repaired', message };
    } catch (cause) {
      const message = describeError(cause);
      log.error(`reconciler: ${kind}: ${finding.message}; the repair failed: ${message}`);
      return { id, kind, outcome: 'failed', message };
    }
  }
}

/** Those that somebody named, so far as they are still there and can be repaired by themselves. */
function named(findings: readonly Finding[], only: readonly string[]): Choice {
  return {
    due: findings.filter(({ id, repair }) => repair.automatic && only.includes(id)),
    deferred: [],
    guarded: null,
  };
}

function deferral({ id, kind }: Finding, message: string): Repair {
  return { id, kind, outcome: 'deferred', message };
}
