import { afterEach, describe, it, vi } from 'vitest';
import { QsdDriver } from '../../src/index.ts';
import { describeDriverConformance } from '../../src/testing/index.ts';
import { noLoopDevice } from '../backends/loop-device.ts';
import { missing } from './installed.ts';
import { QsdSite } from './qsd-site.ts';

// Behaviours measure over seconds, and the machine may be busy.
// A QEMU client that reconnects pauses up to 16 s between two attempts.
vi.setConfig({ testTimeout: 180_000 });

const reason = missing('qemu-storage-daemon', 'qemu-io', 'qemu-img', 'cryptsetup');
const noLoop = await noLoopDevice();
const sites: QsdSite[] = [];

// Also after a test that ran out of time, which never gets to its own end.
afterEach(async () => {
  for (const site of sites.splice(0)) {
    await site[Symbol.asyncDispose]();
  }
});

describeDriverConformance({
  driverName: reason === undefined ? 'qsd' : `qsd (${reason})`,
  framework: { describe, it: reason === undefined ? it : it.skip, skip: it.skip },
  capabilities: new QsdDriver({ cacheDirectory: '/cache', auditDirectory: '/audit' }).capabilities,
  ...(noLoop === undefined ? {} : { exceptions: { counters: noLoop } }),
  newSite: async () => {
    const site = await QsdSite.create();
    sites.push(site);
    return site;
  },
});
