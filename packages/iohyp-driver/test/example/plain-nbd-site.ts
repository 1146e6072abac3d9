import type { IoHypervisorDriver } from '../../src/index.ts';
import type { ConformanceSite } from '../../src/testing/index.ts';
import { QsdSite } from '../qsd/qsd-site.ts';

/** Directories, volume files and the search for leftovers are the same for every driver on qemu-storage-daemon. */
export async function plainNbdSite(
  newDriver: (runtimeDirectory: string, allowed: string) => IoHypervisorDriver,
): Promise<ConformanceSite> {
  const place = await QsdSite.create();
  const anotherDriver = (): IoHypervisorDriver => newDriver(place.runtimeDirectory, place.volumesDirectory);
  return {
    driver: anotherDriver(),
    anotherDriver,
    newVolume: (sizeBytes) => place.newVolume(sizeBytes),
    newListener: place.newListener,
    client: (access) => place.client({ ...access, credentials: undefined }),
    killDataPlane: (instanceId) => place.killDataPlane(instanceId),
    leftovers: () => place.leftovers(),
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}
