import { describe, it } from 'vitest';
import { SplitioDriver } from '../../src/index.ts';
import { describeDriverConformance } from '../../src/testing/index.ts';
import { SplitioSite } from './splitio-site.ts';

describeDriverConformance({
  driverName: 'splitio (on a stand-in of the scripts and the kernel module)',
  framework: { describe, it, skip: it.skip },
  capabilities: new SplitioDriver({ allowInsecure: true }).capabilities,
  exceptions: {
    'one identity for two volumes of an instance is refused: revoking one would revoke both': 'there are no identities',
    'an export name that is taken within the instance, too long or empty is refused':
      'names of more than 63 bytes are refused',
    'H22: after kill -9 of the data plane inspect tells, and the same verbs bring it back at the same address':
      'the kernel serves: after a loss a volume is shown as open and not exported',
    'H21: a storm of parallel verbs on one instance ends as if they came one after the other':
      'it counts grants, and there are none',
  },
  newSite: () => SplitioSite.create({ whenBusy: 'remove' }),
});
