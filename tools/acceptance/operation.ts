import type { Scene } from './scene/scene.ts';

/** Who attaches the volumes: the I/O host, or stock Nova and Cinder, through the same hook. */
export type Path = 'io' | 'stock';

/** Something that users or operators do, or that happens to them. */
export interface Operation {
  /** In a user's words; with the row of the ledger in front where it proves one. */
  readonly title: string;
  /** Default: both, with the same steps, so that their times can be compared. */
  readonly paths?: readonly Path[];
  /**
   * Does it, and checks what a user would see. What it makes by its scene is removed afterwards, then nothing of ours
   * may be left.
   */
  readonly run: (scene: Scene) => Promise<void>;
}

/** Operations of one kind. They run in this order. */
export interface Family {
  readonly title: string;
  readonly operations: readonly Operation[];
}
