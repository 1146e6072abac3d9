import type { Interposer, QosLimits, ThrottleInterposer } from '../../contract.ts';
import type { QmpCallOptions } from '../../qmp/deadline.ts';
import type { QmpClient } from '../../qmp/qmp-client.ts';
import type { InterposerStage, Placing } from '../interposer-stage.ts';
import { checkLimits, fromThrottleLimits, plainLimits, toThrottleLimits } from './limits.ts';

/** A `throttle` filter with a throttle group of its own. */
export const throttleStage: InterposerStage<ThrottleInterposer> = {
  kind: 'throttle',
  blockDriver: 'throttle',

  check: checkLimits,

  plain(interposer: ThrottleInterposer): ThrottleInterposer {
    return { kind: 'throttle', ...plainLimits(interposer) };
  },

  async add(qmp: QmpClient, placing: Placing<ThrottleInterposer>, options: QmpCallOptions): Promise<void> {
    const { nodeName, below, interposer: wanted } = placing;
    const group = groupOf(nodeName);
    await qmp.call(
      'object-add',
      { 'qom-type': 'throttle-group', id: group, limits: toThrottleLimits(wanted) },
      options,
    );
    await qmp.call(
      'blockdev-add',
      { driver: 'throttle', 'node-name': nodeName, 'throttle-group': group, file: below },
      options,
    );
  },

  async read(
    qmp: QmpClient,
    nodeName: string,
    _recorded: Interposer | undefined,
    options: QmpCallOptions,
  ): Promise<ThrottleInterposer> {
    return { kind: 'throttle', ...(await readLimits(qmp, nodeName, options)) };
  },
};

/** Limits in force at a throttle node. */
export async function readLimits(qmp: QmpClient, nodeName: string, options: QmpCallOptions): Promise<QosLimits> {
  const path = `/objects/${groupOf(nodeName)}`;
  return fromThrottleLimits(await qmp.call('qom-get', { path, property: 'limits' }, options));
}

/** Changes the limits of a throttle node, in use or not. */
export async function changeLimits(
  qmp: QmpClient,
  nodeName: string,
  limits: QosLimits,
  options: QmpCallOptions,
): Promise<void> {
  const path = `/objects/${groupOf(nodeName)}`;
  await qmp.call('qom-set', { path, property: 'limits', value: toThrottleLimits(limits) }, options);
}

function groupOf(nodeName: string): string {
  return `${nodeName}-group`;
}
