import { DriverError, type VolumeKey } from '../../../contract.ts';
import type { IoHost } from '../io-host.ts';
import { findBdev, isQuiet, removeExport } from '../scripts.ts';
import type { SplitioRecord } from '../volume-record.ts';

export async function unexportVolume(host: IoHost, key: VolumeKey, signal: AbortSignal): Promise<void> {
  const record = await host.records.read(key);
  if (record === undefined) {
    return;
  }
  const { options } = host;
  if (findBdev(await host.bdevs(signal), record.path) !== undefined) {
    const quiet = await isQuiet(options, record.path, signal);
    if (!quiet && options.whenBusy === 'refuse') {
      const text = `the guest still uses it after ${options.quietTimeoutMs} ms, and the kernel module would free its backing under it`;
      throw new DriverError('conflict', `${text}; unmount it in the guest`, { retryable: true });
    }
    await removeExport(options, record.path, signal);
  }
  await forgetExport(host, record);
}

/**
 * Ends the export once the guest does nothing, and answers whether it did: the module doesn't tell who is connected.
 */
export async function unexportQuiet(host: IoHost, key: VolumeKey, signal: AbortSignal): Promise<boolean> {
  const record = await host.records.read(key);
  if (record !== undefined && findBdev(await host.bdevs(signal), record.path) !== undefined) {
    if (!(await isQuiet(host.options, record.path, signal))) {
      return false;
    }
    await removeExport(host.options, record.path, signal);
    await forgetExport(host, record);
  }
  return true;
}

async function forgetExport(host: IoHost, record: SplitioRecord): Promise<void> {
  const { export: _, ...rest } = record;
  await host.records.write(record, rest);
}
