import { afterEach, describe, it, vi } from 'vitest';
import { QsdDriver } from '../../src/index.ts';
import { describeDriverConformance } from '../../src/testing/index.ts';
import { noLoopDevice } from '../backends/loop-device.ts';
import { missing } from './installed.ts';
import { newerQemu, noNewerQemu } from './newer-qemu.ts';
import { QsdSite } from './qsd-site.ts';

vi.setConfig({ testTimeout: 180_000 });

const reason = missing('qemu-io', 'qemu-img', 'taskset', 'prlimit') ?? noNewerQemu;
const noLoop = await noLoopDevice();
const sites: QsdSite[] = [];

afterEach(async () => {
  for (const site of sites.splice(0)) {
    await site[Symbol.asyncDispose]();
  }
});

// The same driver with a thread per volume, on a side core, that polls: other code of QEMU serves.
describeDriverConformance({
  driverName: reason === undefined ? 'qsd (a thread per volume)' : `qsd (a thread per volume; ${reason})`,
  framework: { describe, it: reason === undefined ? it : it.skip, skip: it.skip },
  capabilities: new QsdDriver({ cacheDirectory: '/cache', auditDirectory: '/audit' }).capabilities,
  groups: ['data', 'access', 'resize', 'qos', 'drain', 'recovery', 'stages', 'counters'],
  ...(noLoop === undefined ? {} : { exceptions: { counters: noLoop } }),
  newSite: async () => {
    const site = await QsdSite.create({
      ...(newerQemu === undefined ? {} : { program: newerQemu }),
      confinement: { cores: [0] },
    });
    sites.push(site);
    return site;
  },
});
