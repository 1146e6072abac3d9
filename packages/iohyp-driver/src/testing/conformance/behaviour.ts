import type { IoHypervisorDriver } from '../../contract.ts';
import type { Scene } from './scene.ts';

/** One thing that every driver must do. */
export interface Behaviour {
  /** A sentence; begins with the ids of the requirements that it proves, if any. */
  readonly title: string;
  /** Drivers that can't have it, by their own word. Default: all must. */
  readonly needs?: (driver: IoHypervisorDriver) => boolean;
  readonly run: (scene: Scene) => Promise<void>;
}
