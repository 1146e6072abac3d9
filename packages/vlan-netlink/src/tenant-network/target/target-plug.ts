import type { PlugStep } from '../plug-step.ts';

/**
 * How one kind of target joins a tenant's namespace to the tenant network.
 * What it makes outside the namespace must be found again by its mark: see `marked-things.ts`.
 */
export interface TargetPlug {
  /** Refuses, before anything is made, when the host lacks what this kind needs. */
  check(): Promise<void>;
  /** Bring the leaf link into the namespace, which exists by then. */
  readonly steps: readonly PlugStep[];
}
