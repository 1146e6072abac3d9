import type { QosLimits } from './qos.ts';

/** Holds the volume to limits. Without any it lets everything pass until `setQos` gives it some. */
export interface ThrottleInterposer extends QosLimits {
  readonly kind: 'throttle';
}

/** A stage between backend and export. In a list the first is nearest to the backend. */
export type Interposer = ThrottleInterposer;
