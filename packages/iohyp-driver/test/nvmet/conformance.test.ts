import { describe, it } from 'vitest';
import { NvmetDriver } from '../../src/index.ts';
import { describeDriverConformance } from '../../src/testing/index.ts';
import { hasAuthentication, whyNoNvmet } from './nvmet-kernel.ts';
import { NvmetSite } from './nvmet-site.ts';

const reason = whyNoNvmet();
const authentication = reason === undefined && hasAuthentication();
const without = reason ?? (authentication ? undefined : 'this kernel checks no keys: with an allow-list alone');

describeDriverConformance({
  driverName: without === undefined ? 'nvmet' : `nvmet (${without})`,
  framework: { describe, it: reason === undefined ? it : it.skip, skip: it.skip },
  capabilities: new NvmetDriver({ authentication }).capabilities,
  newSite: () => NvmetSite.create(),
});
