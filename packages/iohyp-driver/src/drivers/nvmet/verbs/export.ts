import { DriverError, type ExportRequest, type VolumeState } from '../../../contract.ts';
import { refuseTakenName } from '../../record-checks.ts';
import { identityOfDevice, sizeOfDevice } from '../configfs.ts';
import type { Target } from '../target.ts';
import { type NvmetRecord, plaintextPath } from '../volume-record.ts';

export async function exportVolume(target: Target, { key, exportName, readOnly }: ExportRequest): Promise<VolumeState> {
  const record = await target.requireOpen(key);
  if (readOnly) {
    throw new DriverError('not_supported', 'the kernel exports every namespace writable; use driver qsd');
  }
  const decrypted = await target.isDecrypted(record);
  if (record.encrypted && !decrypted) {
    throw new DriverError('conflict', 'the volume is encrypted, and no "luks" stage decrypts it: interpose one first');
  }
  const subsystem = target.subsystem(key);
  if (await subsystem.isEnabled()) {
    if (record.exportName !== exportName) {
      throw new DriverError('conflict', `already exported as "${record.exportName}"; unexport it first`);
    }
    await target.offer(key);
    return target.stateOf(record);
  }
  refuseTakenName(await target.records.ofInstance(key.instanceId), key, exportName);
  const exporting = { ...record, exportName, toldBytes: await sizeOfDevice(record.path) };
  await target.records.write(key, exporting);
  await enable(target, record, decrypted ? plaintextPath(record) : record.path);
  await target.offer(key);
  return target.stateOf(exporting);
}

/** The kernel opens by name, and tells nobody what it has opened: the name must have meant the same before and after. */
async function enable(target: Target, record: NvmetRecord, path: string): Promise<void> {
  const subsystem = target.subsystem(record);
  const before = await identityOfDevice(path);
  await subsystem.enable().catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DriverError('backend_failed', `the kernel can't open ${path}: ${why}`, { cause });
  });
  if ((await identityOfDevice(path)) !== before) {
    await subsystem.disable();
    throw new DriverError('unsafe_path', `${path}: something else took its place while it was being opened`);
  }
}
