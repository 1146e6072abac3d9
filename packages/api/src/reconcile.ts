import * as z from 'zod';

/** One difference between what is wanted and what is, with the one safe repair for it. */
export interface Finding {
  /** What kind of difference, for example `attachment_broken`; the README of iorcld lists them. */
  readonly kind: string;
  /** Stable while the difference lasts. */
  readonly id: string;
  readonly attachmentId?: string | undefined;
  readonly instanceId?: string | undefined;
  readonly volumeId?: string | undefined;
  /** What differs, for people. */
  readonly message: string;
  /** What the reconciler does about it, or why it leaves it to a person. */
  readonly repair: {
    readonly automatic: boolean;
    readonly description: string;
    /** The one safe command for it, to be typed on the I/O host or wherever it says. */
    readonly command: string;
  };
  /** ISO 8601, UTC: since when this run of iorcld has seen it. */
  readonly since: string;
}

/** What became of a finding that was acted on. */
export interface Repair {
  /** {@link Finding.id}. */
  readonly id: string;
  readonly kind: string;
  readonly outcome: 'repaired' | 'failed' | 'deferred';
  readonly message: string;
}

/** What one pass of the reconciler saw and did. */
export interface ReconcileReport {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly seconds: number;
  /** Whether it only looked. */
  readonly dryRun: boolean;
  readonly findings: readonly Finding[];
  readonly repairs: readonly Repair[];
  /** What couldn't be asked, so that nothing was concluded from it. */
  readonly unanswered: readonly string[];
  /** Why the outage guard kept the pass from taking things down; null: it had no reason to. */
  readonly guarded: string | null;
}

export interface ReconcileRequest {
  /** Only look. Default false. */
  readonly dryRun?: boolean | undefined;
  /** Also take down more at once than the outage guard allows. Default false. */
  readonly force?: boolean | undefined;
  /**
   * Repair no others than these findings, by their ids, and these at once: whoever names them has looked at them. What
   * vanished is asked about once more in any case.
   */
  readonly only?: readonly string[] | undefined;
}

export const findingSchema: z.ZodType<Finding> = z.object({
  kind: z.string(),
  id: z.string(),
  attachmentId: z.string().optional(),
  instanceId: z.string().optional(),
  volumeId: z.string().optional(),
  message: z.string(),
  repair: z.object({ automatic: z.boolean(), description: z.string(), command: z.string() }),
  since: z.string(),
});

export const reconcileReportSchema: z.ZodType<ReconcileReport> = z.object({
  startedAt: z.string(),
  seconds: z.number().nonnegative(),
  dryRun: z.boolean(),
  findings: z.array(findingSchema),
  repairs: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      outcome: z.enum(['repaired', 'failed', 'deferred']),
      message: z.string(),
    }),
  ),
  unanswered: z.array(z.string()),
  guarded: z.string().nullable(),
});

export const reconcileRequestSchema: z.ZodType<ReconcileRequest> = z.strictObject({
  dryRun: z.boolean().optional(),
  force: z.boolean().optional(),
  only: z.array(z.string()).min(1).max(1_000).optional(),
});
