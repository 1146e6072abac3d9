import { afterEach, describe, it, vi } from 'vitest';
import { PlainNbdDriver } from '../../examples/plain-nbd/plain-nbd-driver.ts';
import { type ConformanceSite, describeDriverConformance } from '../../src/testing/index.ts';
import { missing } from '../qsd/installed.ts';
import { QsdSite } from '../qsd/qsd-site.ts';

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
    // Directories, volume files and the search for leftovers are the same for every driver on qemu-storage-daemon.
    const place = await QsdSite.create();
    const anotherDriver = (): PlainNbdDriver => newDriver(place.runtimeDirectory, place.volumesDirectory);
    const site: ConformanceSite = {
      driver: anotherDriver(),
      anotherDriver,
      newVolume: (sizeBytes) => place.newVolume(sizeBytes),
      newListener: place.newListener,
      client: (access) => place.client({ ...access, credentials: undefined }),
      killDataPlane: (instanceId) => place.killDataPlane(instanceId),
      leftovers: () => place.leftovers(),
      [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
    };
    sites.push(site);
    return site;
  },
});
