import { afterEach, describe, it, vi } from 'vitest';
import { PlainNbdDriver } from '../../examples/plain-nbd/plain-nbd-driver.ts';
import { type ConformanceSite, describeDriverConformance } from '../../src/testing/index.ts';
import { missing } from '../qsd/installed.ts';
import { plainNbdSite } from './plain-nbd-site.ts';

vi.setConfig({ testTimeout: 60_000 });

const reason = missing('qemu-storage-daemon', 'qemu-io', 'qemu-img');
const sites: ConformanceSite[] = [];
const newDriver = (runtimeDirectory: string, allowed: string): PlainNbdDriver =>
  new PlainNbdDriver({ runtimeDirectory, backends: { file: { allowedDirectories: [allowed] } } });

afterEach(async () => {
  for (const site of sites.splice(0)) {
    await site[Symbol.asyncDispose]();
  }
});

// The driver of docs/writing-a-driver.md: it must keep what its page promises.
describeDriverConformance({
  driverName: reason === undefined ? 'plain-nbd' : `plain-nbd (${reason})`,
  framework: { describe, it: reason === undefined ? it : it.skip, skip: it.skip },
  capabilities: newDriver('/nowhere', '/nowhere').capabilities,
  newSite: async () => {
    const site = await plainNbdSite(newDriver);
    sites.push(site);
    return site;
  },
});
