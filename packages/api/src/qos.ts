import * as z from 'zod';

/** One limit each for reads and writes together, for reads, and for writes. Absent: not limited. */
export interface QosRates {
  /** Operations per second. */
  readonly iopsTotal?: number;
  readonly iopsRead?: number;
  readonly iopsWrite?: number;
  /** Bytes per second. */
  readonly bytesPerSecondTotal?: number;
  readonly bytesPerSecondRead?: number;
  readonly bytesPerSecondWrite?: number;
}

/** Limits of one volume. The empty object means: not limited. A total excludes its own read and write limits. */
export interface QosLimits extends QosRates {
  /** Higher rates that hold for a while after a pause. Each needs its limit above, and is at least as high. */
  readonly burst?: QosRates;
  /** How long a burst may last. Default 1. Only with `burst`. */
  readonly burstSeconds?: number;
  /** A request counts as one operation per this many bytes begun. Absent: as one whatever its size. */
  readonly iopsUnitBytes?: number;
}

const rate = z.exactOptional(z.int().positive());

const rates = {
  iopsTotal: rate,
  iopsRead: rate,
  iopsWrite: rate,
  bytesPerSecondTotal: rate,
  bytesPerSecondRead: rate,
  bytesPerSecondWrite: rate,
};

export const qosLimitsSchema: z.ZodType<QosLimits> = z.strictObject({
  ...rates,
  burst: z.exactOptional(z.strictObject(rates)),
  burstSeconds: rate,
  iopsUnitBytes: rate,
});

export interface SetQosRequest {
  /** Null: back to what the volume type says. The limits of the flavor hold in any case. */
  readonly limits: QosLimits | null;
}

export const setQosRequestSchema: z.ZodType<SetQosRequest> = z.strictObject({ limits: qosLimitsSchema.nullable() });
