/** Why Nova failed, in Nova's words. */
export type SimulatedNovaErrorCode =
  /** Cinder, or what stands in front of it, answered with an error, or not at all. */
  | 'cinder'
  /** The libvirt driver doesn't know this `driver_volume_type`. */
  | 'volume_driver_not_found'
  /** QEMU can't open the disk: it is not there, of another kind, or of another size. */
  | 'disk_unusable'
  | 'not_attached'
  | 'already_attached';

export interface SimulatedNovaErrorFacts {
  readonly status?: number | undefined;
  readonly fault?: string | undefined;
  readonly cause?: unknown;
}

/** An operation of the simulated Nova failed, after it did what Nova does about it. */
export class SimulatedNovaError extends Error {
  override readonly name = 'SimulatedNovaError';
  readonly code: SimulatedNovaErrorCode;
  /** HTTP status of Cinder's answer. */
  readonly status: number | undefined;
  /** Cinder's own words. */
  readonly fault: string | undefined;

  constructor(code: SimulatedNovaErrorCode, message: string, facts: SimulatedNovaErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.status = facts.status;
    this.fault = facts.fault;
  }
}
