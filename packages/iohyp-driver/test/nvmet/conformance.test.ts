import { describe, it } from 'vitest';
import { NvmetDriver } from '../../src/index.ts';
import { describeDriverConformance } from '../../src/testing/index.ts';
import { noLoopDevice } from '../backends/loop-device.ts';
import { hasAuthentication, whyNoNvmet } from './nvmet-kernel.ts';
import { NvmetSite } from './nvmet-site.ts';

const noLoop = await noLoopDevice();
const reason = whyNoNvmet();
const authentication = reason === undefined && hasAuthentication();
const without = reason ?? (authentication ? undefined : 'this kernel checks no keys: with an allow-list alone');

describeDriverConformance({
  driverName: without === undefined ? 'nvmet' : `nvmet (${without})`,
  framework: { describe, it: reason === undefined ? it : it.skip, skip: it.skip },
  capabilities: new NvmetDriver({ authentication }).capabilities,
  exceptions: {
    'B9: hand-over: who has no right any more is cut off and can not write, also beside a sibling; all others go on':
      'two clients on one machine share their ways to a disk; nvmet-driver.test.ts looks at the connections',
    ...(noLoop === undefined ? {} : { counters: noLoop }),
  },
  newSite: () => NvmetSite.create(),
});
