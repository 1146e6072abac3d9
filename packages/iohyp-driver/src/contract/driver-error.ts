/**
 * - `bad_connection_info`: unknown type, missing or ill-formed field
 * - `unsafe_path`: a file or device that must not be opened
 * - `wrong_volume`: the storage isn't the expected one: another size or id
 * - `bad_request`: an argument that makes no sense
 * - `not_supported`: this driver, or this volume's backend, can't do that at all
 * - `conflict`: already open or exported otherwise; storage in use by another
 * - `not_open`: the verb needs an open volume
 * - `backend_failed`: the storage can't be opened or refuses to do it; wrong key of an encrypted volume
 * - `data_plane_failed`: the data plane didn't start, died, or contradicts itself
 * - `timeout`, `aborted`: not done in time; `inspect` tells how far it got
 */
export type DriverErrorCode =
  | 'bad_connection_info'
  | 'unsafe_path'
  | 'wrong_volume'
  | 'bad_request'
  | 'not_supported'
  | 'conflict'
  | 'not_open'
  | 'backend_failed'
  | 'data_plane_failed'
  | 'timeout'
  | 'aborted';

export interface DriverErrorFacts {
  readonly instanceId?: string;
  readonly attachmentId?: string;
  /** Whether the same call may succeed later without anything else changing. Default false. */
  readonly retryable?: boolean;
  /** See {@link DriverError.safeToRollBack}. Default: what holds for the code. */
  readonly safeToRollBack?: boolean;
  readonly cause?: unknown;
}

/** After these nobody knows how far the data plane got. */
const UNKNOWN_OUTCOME: ReadonlySet<DriverErrorCode> = new Set(['data_plane_failed', 'timeout', 'aborted']);

/** What a driver's verb failed with. `message` says what was tried, on what, why it failed, and what to do. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
  readonly code: DriverErrorCode;
  readonly retryable: boolean;
  /**
   * True: the verb has changed nothing, or has undone what it changed, so that the steps before it may be undone at once.
   * False: what it began may still be under way in the data plane, so undo it first, and believe only `inspect` that it is
   * gone: storage that is handed back while an export still serves it is somebody else's data in the wrong hands.
   */
  readonly safeToRollBack: boolean;
  readonly instanceId: string | undefined;
  readonly attachmentId: string | undefined;

  /** Also those of another copy of this package, which a driver's package may have brought along. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'DriverError' && 'code' in value && 'safeToRollBack' in value;
  }

  constructor(code: DriverErrorCode, message: string, facts: DriverErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.retryable = facts.retryable ?? false;
    this.safeToRollBack = facts.safeToRollBack ?? !UNKNOWN_OUTCOME.has(code);
    this.instanceId = facts.instanceId;
    this.attachmentId = facts.attachmentId;
  }
}
