import type { QosLimits, QosRates, ThrottleInterposer } from '../../contract.ts';
import { limitOf } from './limit-value.ts';
import { limitsFromQosSpecs } from './qos-specs.ts';

/** Nova's extra specs for the disks of an instance (Administrator Guide, "Disk tuning"), and ours. */
const KEYS: readonly (readonly [string, keyof QosRates])[] = [
  ['quota:disk_total_iops_sec', 'iopsTotal'],
  ['quota:disk_read_iops_sec', 'iopsRead'],
  ['quota:disk_write_iops_sec', 'iopsWrite'],
  ['quota:disk_total_bytes_sec', 'bytesPerSecondTotal'],
  ['quota:disk_read_bytes_sec', 'bytesPerSecondRead'],
  ['quota:disk_write_bytes_sec', 'bytesPerSecondWrite'],
];

/**
 * Limits that a flavor sets for each disk of its instances.
 * @throws {DriverError} `bad_request` for a value that is no whole number, naming its key
 */
export function limitsFromFlavor(extraSpecs: Readonly<Record<string, unknown>>): QosLimits {
  const rates = KEYS.map(([key, name]) => [name, limitOf('flavor', extraSpecs, key)] as const);
  return Object.fromEntries(rates.filter(([, rate]) => rate !== undefined));
}

/**
 * The stages that hold a volume to both its type's limits and its instance's: one each, since a total and limits for reads
 * and writes can't be one. The volume's stage is there in any case, and nearest to the export, where `setQos` changes it.
 * @throws {DriverError} `bad_request`
 */
export function throttleStages(
  qosSpecs: Readonly<Record<string, unknown>> | null | undefined,
  extraSpecs: Readonly<Record<string, unknown>>,
): readonly ThrottleInterposer[] {
  const flavor = limitsFromFlavor(extraSpecs);
  const volume: ThrottleInterposer = { kind: 'throttle', ...limitsFromQosSpecs(qosSpecs) };
  return Object.keys(flavor).length === 0 ? [volume] : [{ kind: 'throttle', ...flavor }, volume];
}
