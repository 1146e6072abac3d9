import type { Interposer } from '../contract.ts';
import type { QmpCallOptions } from '../qmp/deadline.ts';
import type { QmpClient } from '../qmp/qmp-client.ts';
import { auditStage } from './audit/audit-stage.ts';
import { copyOnReadStage } from './copy-on-read/copy-on-read-stage.ts';
import type { InterposerStage, Placing } from './interposer-stage.ts';
import { luksStage, PLAINTEXT_DRIVER } from './luks/luks-stage.ts';
import { throttleStage } from './throttle/throttle-stage.ts';

/** A stage of any kind: what it is given must be of its own. */
type AnyStage = InterposerStage<Interposer>;

/** Every interposer that we know. */
export const interposerStages: { readonly [K in Interposer['kind']]: AnyStage } = {
  audit: ofOneKind('audit', auditStage),
  'copy-on-read': ofOneKind('copy-on-read', copyOnReadStage),
  luks: ofOneKind('luks', luksStage),
  throttle: ofOneKind('throttle', throttleStage),
};

/** The stage of a filter node by its block driver; undefined for nodes that aren't interposers. */
export function stageOfBlockDriver(driver: string): AnyStage | undefined {
  const found = Object.values(interposerStages).find((stage) => stage.blockDriver === driver);
  // A node that opens a device instead of another node: what the kernel has decrypted.
  return found ?? (driver === PLAINTEXT_DRIVER ? interposerStages.luks : undefined);
}

type OfKind<K extends Interposer['kind']> = Extract<Interposer, { readonly kind: K }>;

function ofOneKind<K extends Interposer['kind']>(kind: K, stage: InterposerStage<OfKind<K>>): AnyStage {
  const own = (interposer: Interposer): OfKind<K> => {
    if (!isOfKind(interposer, kind)) {
      throw new TypeError(`interposer "${interposer.kind}" was given to the stage of "${kind}"`);
    }
    return interposer;
  };
  return {
    kind,
    blockDriver: stage.blockDriver,
    nearestToBackend: stage.nearestToBackend,
    check: (interposer) => stage.check(own(interposer)),
    plain: (interposer) => stage.plain(own(interposer)),
    add: (qmp: QmpClient, placing: Placing<Interposer>, options: QmpCallOptions) =>
      stage.add(qmp, { ...placing, interposer: own(placing.interposer) }, options),
    removeFiles: stage.removeFiles,
    read: (qmp, nodeName, recorded, options) => stage.read(qmp, nodeName, recorded, options),
  };
}

function isOfKind<K extends Interposer['kind']>(interposer: Interposer, kind: K): interposer is OfKind<K> {
  return interposer.kind === kind;
}
