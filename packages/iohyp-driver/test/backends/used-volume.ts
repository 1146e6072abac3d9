import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import type {
  ConnectionInfo,
  ExpectedStorage,
  Listener,
  VolumeKey,
  VolumeState,
  VolumeStats,
} from '../../src/index.ts';
import type { NbdClient } from '../qsd/nbd-client.ts';
import type { QsdSite } from '../qsd/qsd-site.ts';

/** A volume that a client uses through a real daemon, whatever its backend. */
export interface UsedVolume {
  readonly key: VolumeKey;
  readonly listener: Listener;
  readonly state: VolumeState;
  /** The instance's own, below the site's runtime directory. */
  readonly directory: string;
  readonly client: NbdClient;
  stats(): Promise<VolumeStats | undefined>;
  end(): Promise<void>;
}

export async function useVolume(
  site: QsdSite,
  connectionInfo: ConnectionInfo,
  expected: ExpectedStorage = {},
): Promise<UsedVolume> {
  const { driver } = site;
  const key = { instanceId: randomUUID(), attachmentId: randomUUID() };
  const listener = await site.newListener();
  const opened = await driver.open({ key, connectionInfo, readOnly: false, listener, expected });
  await driver.export({ key, exportName: 'disk', readOnly: opened.readOnly });
  const credentials = { identity: 'compute-1', secretHex: 'b7'.repeat(32) };
  const state = await driver.grant({ key, ...credentials });
  return {
    key,
    listener,
    state,
    directory: join(site.runtimeDirectory, key.instanceId),
    async stats(): Promise<VolumeStats | undefined> {
      return (await driver.stats(key.instanceId))?.volumes[0];
    },
    client: site.client({ listener, exportName: 'disk', credentials }),
    async end(): Promise<void> {
      await driver.unexport(key);
      await driver.close(key);
      expect(await site.leftovers()).toEqual([]);
    },
  };
}

/** Opens a volume that must be refused, and shows that nothing was left. */
export async function openingOf(
  site: QsdSite,
  connectionInfo: ConnectionInfo,
  expected: ExpectedStorage = {},
): Promise<unknown> {
  const key = { instanceId: randomUUID(), attachmentId: randomUUID() };
  const listener = await site.newListener();
  const opening = site.driver.open({ key, connectionInfo, readOnly: false, listener, expected });
  const outcome = await opening.catch((error: unknown) => error);
  expect(await site.leftovers()).toEqual([]);
  return outcome;
}
