import type { Interposer } from '../contract.ts';
import type { QmpCallOptions } from '../qmp/deadline.ts';
import type { QmpClient } from '../qmp/qmp-client.ts';
import type { InterposerStage, Placing } from './interposer-stage.ts';
import { luksStage, PLAINTEXT_DRIVER } from './luks/luks-stage.ts';
import { throttleStage } from './throttle/throttle-stage.ts';

type Stages = { readonly [K in Interposer['kind']]: InterposerStage<Extract<Interposer, { readonly kind: K }>> };

/** Every interposer that we know. */
export const interposerStages: Stages = { throttle: throttleStage, luks: luksStage };

/** Makes the filter node of any stage. */
export function placeStage(qmp: QmpClient, placing: Placing<Interposer>, options: QmpCallOptions): Promise<void> {
  const { interposer } = placing;
  return interposer.kind === 'luks'
    ? luksStage.add(qmp, { ...placing, interposer }, options)
    : throttleStage.add(qmp, { ...placing, interposer }, options);
}

/** The stage of a filter node by its block driver; undefined for nodes that aren't interposers. */
export function stageOfBlockDriver(driver: string): Stages[keyof Stages] | undefined {
  const found = Object.values(interposerStages).find((stage) => stage.blockDriver === driver);
  // A node that opens a device instead of another node: what the kernel has decrypted.
  return found ?? (driver === PLAINTEXT_DRIVER ? luksStage : undefined);
}
