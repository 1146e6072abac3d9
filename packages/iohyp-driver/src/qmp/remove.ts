import type { QmpCallOptions } from './deadline.ts';
import type { QmpClient } from './qmp-client.ts';
import { QmpError } from './qmp-error.ts';

/** Removes a block node; one that isn't there is fine. */
export async function removeNode(qmp: QmpClient, nodeName: string, options: QmpCallOptions): Promise<void> {
  await unlessAbsent(qmp.call('blockdev-del', { 'node-name': nodeName }, options), /^Failed to find node/);
}

/** Removes a user-creatable object; one that isn't there is fine. */
export async function removeObject(qmp: QmpClient, id: string, options: QmpCallOptions): Promise<void> {
  await unlessAbsent(qmp.call('object-del', { id }, options), /^object '.*' not found/);
}

/** QEMU's error classes don't tell "not there" from "in use": its words do. */
async function unlessAbsent(removal: Promise<unknown>, absent: RegExp): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (!(error instanceof QmpError && error.description !== undefined && absent.test(error.description))) {
      throw error;
    }
  }
}
