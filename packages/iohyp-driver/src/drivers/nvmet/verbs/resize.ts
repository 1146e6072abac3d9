import { DriverError, type ResizeRequest, type VolumeState } from '../../../contract.ts';
import { growMapping } from '../../../device-mapper/luks-mapping.ts';
import { passphrase } from '../../../interposers/luks/passphrase.ts';
import { sizeOfDevice } from '../configfs.ts';
import type { Target } from '../target.ts';
import { plaintextName } from '../volume-record.ts';

/** Sizes are the storage's: of an encrypted volume, those of the ciphertext. Clients hear of it at once (AEN). */
export async function resizeVolume(target: Target, request: ResizeRequest, signal: AbortSignal): Promise<VolumeState> {
  const record = await target.requireOpen(request.key);
  const actual = await sizeOfDevice(record.path);
  const told = record.toldBytes ?? actual;
  if (!Number.isSafeInteger(request.sizeBytes) || request.sizeBytes < told) {
    const text = `sizeBytes is ${request.sizeBytes}, but the volume has ${told}: volumes never shrink`;
    throw new DriverError('bad_request', text);
  }
  if (request.sizeBytes > actual) {
    const text = `asked for ${request.sizeBytes} bytes, but the storage has ${actual}`;
    throw new DriverError('conflict', text, { retryable: true });
  }
  if (record.luks !== undefined && (await target.isDecrypted(record))) {
    const key = await passphrase(record.luks.key, target.options.keyManager, { signal });
    await growMapping(target.commands, plaintextName(record), { passphrase: Buffer.from(key, 'base64'), signal });
  }
  const subsystem = target.subsystem(request.key);
  if (await subsystem.isEnabled()) {
    await subsystem.announceSize();
    const grown = { ...record, toldBytes: actual };
    await target.records.write(record, grown);
    return target.stateOf(grown);
  }
  return target.stateOf(record);
}
