/**
 * Kinds of differences between what is wanted and what is, and by what they were found.
 *
 * - `attachment_broken`: a step of an attachment doesn't hold any more (verified against Cinder, kernel, data plane).
 * - `attachment_unfinished`: a removal that failed, or an attachment that was half made.
 * - `cinder_attachment_gone`: Cinder no longer has an attachment that we export.
 * - `instance_gone`: Nova no longer has the instance that an export is for.
 * - `size_outdated`: Cinder has given the volume another size than is exported.
 * - `cinder_attachment_unowned`: Cinder says that this host has a volume connected that the journal doesn't know.
 * - `data_plane_unowned`: a driver serves an instance or a volume that no attachment of the journal knows.
 * - `data_plane_left`: of an instance that the journal doesn't know something is left that serves nothing: a process without
 *   volumes, or files (with keys) of one that has died.
 * - `data_plane_silent`: a data plane can't be looked into, so nothing is known of it.
 * - `network_unowned`: a tenant network is plugged for an owner that the journal doesn't know.
 * - `kernel_unowned`: a link, namespace or port with our mark belongs to no plug.
 * - `address_unowned`: a Neutron port of ours that no export uses.
 * - `nova_record_differs`: Nova's own record of the instance's volumes doesn't have the attachment, or has another.
 * - `host_without_hook`: a volume of an io instance, known here or not, was attached around the hook, by its compute host itself.
 */
export const findingKinds = [
  'attachment_broken',
  'attachment_unfinished',
  'cinder_attachment_gone',
  'instance_gone',
  'size_outdated',
  'cinder_attachment_unowned',
  'data_plane_unowned',
  'data_plane_left',
  'data_plane_silent',
  'network_unowned',
  'kernel_unowned',
  'address_unowned',
  'nova_record_differs',
  'host_without_hook',
] as const;

export type FindingKind = (typeof findingKinds)[number];

/** One difference, with the one safe repair for it. */
export interface Finding {
  readonly kind: FindingKind;
  /** Stable while the difference lasts: kind and what it is about. */
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
    /** The one safe command. */
    readonly command: string;
  };
  /** ISO 8601: since when the reconciler has seen it, over all its passes of this run. */
  readonly since: string;
}

/** What one pass of the reconciler saw and did. */
export interface ReconcileReport {
  readonly startedAt: string;
  readonly seconds: number;
  readonly dryRun: boolean;
  readonly findings: readonly Finding[];
  /** By {@link Finding.id}: what became of those that were acted on. */
  readonly repairs: readonly {
    readonly id: string;
    readonly kind: FindingKind;
    readonly outcome: 'repaired' | 'failed' | 'deferred';
    readonly message: string;
  }[];
  /** What couldn't be asked, so that nothing was concluded from it: `Nova: connection refused`. */
  readonly unanswered: readonly string[];
  /** Set where the outage guard stopped the pass from taking things down. */
  readonly guarded: string | null;
}
