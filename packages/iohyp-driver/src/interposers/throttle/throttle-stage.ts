import * as z from 'zod';
import { DriverError, type ThrottleInterposer } from '../../contract.ts';
import type { QmpCallOptions } from '../../qmp/deadline.ts';
import type { QmpClient } from '../../qmp/qmp-client.ts';
import { removeNode, removeObject } from '../../qmp/remove.ts';
import type { InterposerStage } from '../interposer-stage.ts';

interface Limits {
  readonly 'iops-total': number;
  readonly 'bps-total': number;
}

/** QAPI ThrottleLimits, the part that we set; 0 = unlimited. */
const limits: z.ZodType<Limits> = z.object({ 'iops-total': z.number(), 'bps-total': z.number() });

/** A `throttle` filter with a throttle group of its own. */
export const throttleStage: InterposerStage<ThrottleInterposer> = {
  kind: 'throttle',
  blockDriver: 'throttle',

  check(interposer: ThrottleInterposer): void {
    const given = Object.entries({
      iopsTotal: interposer.iopsTotal,
      bytesPerSecondTotal: interposer.bytesPerSecondTotal,
    });
    const set = given.filter(([, value]) => value !== undefined);
    const bad = set.find(([, value]) => !Number.isSafeInteger(value) || Number(value) < 1);
    if (set.length === 0) {
      throw new DriverError('bad_request', 'interposer "throttle": neither iopsTotal nor bytesPerSecondTotal is given');
    }
    if (bad !== undefined) {
      const [name, value] = bad;
      throw new DriverError(
        'bad_request',
        `interposer "throttle": ${name} is ${value}, expected a whole number from 1`,
      );
    }
  },

  async add(qmp: QmpClient, nodeName: string, below: string, wanted: ThrottleInterposer, options: QmpCallOptions) {
    const group = groupOf(nodeName);
    await qmp.execute(
      'object-add',
      {
        'qom-type': 'throttle-group',
        id: group,
        limits: { 'iops-total': wanted.iopsTotal ?? 0, 'bps-total': wanted.bytesPerSecondTotal ?? 0 },
      },
      options,
    );
    await qmp.execute(
      'blockdev-add',
      { driver: 'throttle', 'node-name': nodeName, 'throttle-group': group, file: below },
      options,
    );
  },

  async remove(qmp: QmpClient, nodeName: string, options: QmpCallOptions): Promise<void> {
    await removeNode(qmp, nodeName, options);
    await removeObject(qmp, groupOf(nodeName), options);
  },

  async read(qmp: QmpClient, nodeName: string, options: QmpCallOptions): Promise<ThrottleInterposer> {
    const answer = await qmp.execute('qom-get', { path: `/objects/${groupOf(nodeName)}`, property: 'limits' }, options);
    const { 'iops-total': iops, 'bps-total': bytes } = limits.parse(answer);
    return {
      kind: 'throttle',
      ...(iops === 0 ? {} : { iopsTotal: iops }),
      ...(bytes === 0 ? {} : { bytesPerSecondTotal: bytes }),
    };
  },
};

function groupOf(nodeName: string): string {
  return `${nodeName}-group`;
}
