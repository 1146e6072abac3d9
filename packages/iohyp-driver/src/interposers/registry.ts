import type { Interposer } from '../contract.ts';
import type { InterposerStage } from './interposer-stage.ts';
import { throttleStage } from './throttle/throttle-stage.ts';

type Stages = { readonly [K in Interposer['kind']]: InterposerStage<Extract<Interposer, { readonly kind: K }>> };

/** Every interposer that we know. */
export const interposerStages: Stages = { throttle: throttleStage };

/** The stage of a filter node by its block driver; undefined for nodes that aren't interposers. */
export function stageOfBlockDriver(driver: string): Stages[keyof Stages] | undefined {
  return Object.values(interposerStages).find((stage) => stage.blockDriver === driver);
}
