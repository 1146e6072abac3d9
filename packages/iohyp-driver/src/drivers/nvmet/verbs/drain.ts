import type { VolumeKey } from '../../../contract.ts';
import { countConnections, unknownListener } from '../connections.ts';
import { requireRunInside } from '../port.ts';
import type { Target } from '../target.ts';
import { revoke } from './grant.ts';
import { unexportVolume } from './unexport.ts';

/** Lets nobody in any more. */
export async function revokeAll(target: Target, key: VolumeKey): Promise<void> {
  for (const identity of (await target.records.read(key))?.grants ?? []) {
    await revoke(target, key, identity);
  }
}

/**
 * Ends the export if nobody uses it, and answers whether it did. The kernel tells connections by instance, not by volume:
 * the instance must have none.
 */
export async function unexportUnused(target: Target, key: VolumeKey): Promise<boolean> {
  const record = await target.records.read(key);
  if (record !== undefined && (await target.subsystem(key).isEnabled())) {
    const listener = target.listeners.get(key.instanceId);
    if (listener === undefined) {
      throw unknownListener();
    }
    if (requireRunInside(listener)(() => countConnections(listener.port)) > 0) {
      return false;
    }
  }
  await unexportVolume(target, key);
  return true;
}
