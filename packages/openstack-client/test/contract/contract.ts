import { randomBytes } from 'node:crypto';
import { afterAll, describe } from 'vitest';
import { NotFoundError } from '../../src/index.ts';
import type { ContractCloud } from './contract-cloud.ts';
import { openFakeCloud } from './fake-cloud.ts';
import { openRealCloud } from './real-cloud.ts';

const description = process.env['IORCL_REAL_CLOUD'];
const opened = description === undefined ? await openFakeCloud() : openRealCloud(description);

/** Tests that must pass on a real cloud as on a fake one. Which it is, the environment says. */
export function contract(title: string, tests: (cloud: ContractCloud) => void): void {
  describe(`${opened.kind} cloud: ${title}`, () => {
    const undos: (() => Promise<unknown>)[] = [];
    const cloud: ContractCloud = {
      ...opened,
      uniqueName: () => `contract-${randomBytes(4).toString('hex')}`,
      cleanUp: (undo) => undos.push(undo),
    };
    afterAll(async () => {
      const failures: unknown[] = [];
      for (const undo of undos.reverse()) {
        await undo().catch((error: unknown) => {
          if (!(error instanceof NotFoundError)) failures.push(error);
        });
      }
      await opened.close();
      if (failures.length > 0) throw new AggregateError(failures, 'could not clean up');
    });
    tests(cloud);
  });
}
