import type { DriverCapabilities } from '../../contract.ts';
import type { Scene } from './scene.ts';

/** One thing that every driver must do. */
export interface Behaviour {
  /** A sentence; begins with the ids of the requirements that it proves, if any. */
  readonly title: string;
  /** Whether a driver with these capabilities must have it. Default: all must. */
  readonly needs?: (capabilities: DriverCapabilities) => boolean;
  readonly run: (scene: Scene) => Promise<void>;
}
