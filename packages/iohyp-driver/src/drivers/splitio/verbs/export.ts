import { DriverError, type ExportRequest, type VolumeState } from '../../../contract.ts';
import { refuseTakenName } from '../../record-checks.ts';
import type { Bdev } from '../bdev.ts';
import { type IoHost, stateOf } from '../io-host.ts';
import { checkScriptArguments, type ScriptArguments } from '../script-arguments.ts';
import { createExport, findBdev, removeExport } from '../scripts.ts';
import type { SplitioRecord } from '../volume-record.ts';

export async function exportVolume(host: IoHost, request: ExportRequest, signal: AbortSignal): Promise<VolumeState> {
  const record = await host.requireOpen(request.key);
  const { guest, exportName, readOnly } = request;
  if (guest === undefined) {
    throw new DriverError('bad_request', 'guest is missing: driver splitio exports to one guest, by its port');
  }
  if (readOnly) {
    throw new DriverError('not_supported', 'driver splitio exports every volume writable; use another driver');
  }
  const args: ScriptArguments = { device: record.path, guestName: exportName, guest };
  checkScriptArguments(args);
  const { interfaceName, ipAddress } = guest;
  const wanted = { name: exportName, interfaceName, macAddress: guest.macAddress.toLowerCase(), ipAddress };
  const siblings = await host.records.ofInstance(record.instanceId);
  refuseTakenName(
    siblings.map((sibling) => ({ attachmentId: sibling.attachmentId, exportName: sibling.export?.name })),
    record,
    exportName,
  );
  const bdevs = await host.bdevs(signal);
  const existing = findBdev(bdevs, record.path);
  if (existing !== undefined) {
    if (JSON.stringify(record.export) !== JSON.stringify(wanted) || mismatch(existing, args) !== undefined) {
      const text = `already exported as "${existing.guestName}" to ${existing.guestIpAddress}; unexport it first`;
      throw new DriverError('conflict', text);
    }
    return stateOf(record, bdevs);
  }
  return create(host, { ...record, export: wanted }, args, signal);
}

async function create(
  host: IoHost,
  exporting: SplitioRecord,
  args: ScriptArguments,
  signal: AbortSignal,
): Promise<VolumeState> {
  await host.records.write(exporting, exporting);
  try {
    const made = await createExport(host.options, args, signal);
    const wrong = mismatch(made, args) ?? wrongSize(made, exporting, host.options.capacityUnitBytes);
    if (wrong !== undefined) {
      throw new DriverError('data_plane_failed', `the kernel made another export than asked: ${wrong}; removed it`);
    }
  } catch (error) {
    await undo(host, exporting, error);
    throw error;
  }
  return stateOf(exporting, await host.bdevs(signal));
}

/** With a bound of its own: what failed may have run out of time. */
async function undo(host: IoHost, record: SplitioRecord, cause: unknown): Promise<void> {
  const signal = AbortSignal.timeout(host.options.settleTimeoutMs);
  try {
    if (findBdev(await host.bdevs(signal), record.path) !== undefined) {
      await removeExport(host.options, record.path, signal);
    }
    const { export: _, ...rest } = record;
    await host.records.write(record, rest);
  } catch (failure) {
    const texts = [cause, failure].map((error) => (error instanceof Error ? error.message : String(error)));
    const text = `failed (${texts[0]}), and can't be undone now (${texts[1]})`;
    throw new DriverError('data_plane_failed', text, { cause, retryable: true });
  }
}

function mismatch(bdev: Bdev, { guestName, guest }: ScriptArguments): string | undefined {
  if (bdev.guestName !== guestName) {
    return `Guest_Device_Name is ${JSON.stringify(bdev.guestName)}, asked for ${JSON.stringify(guestName)}`;
  }
  if (bdev.guestIpAddress !== guest.ipAddress) {
    return `Guest_IP_Address is ${JSON.stringify(bdev.guestIpAddress)}, asked for ${guest.ipAddress}`;
  }
  return undefined;
}

function wrongSize({ capacity }: Bdev, { sizeBytes }: SplitioRecord, unitBytes: number): string | undefined {
  return capacity * unitBytes === sizeBytes
    ? undefined
    : `Capacity ${capacity} of ${unitBytes} bytes each, but the volume has ${sizeBytes} bytes`;
}
