import type { QosLimits, QosRates } from '../../contract.ts';
import { limitOf } from './limit-value.ts';

/** Cinder's keys for front-end QoS (as Nova's libvirt driver takes them) and ours. `_max` of each is its burst. */
const KEYS: readonly (readonly [string, keyof QosRates])[] = [
  ['total_iops_sec', 'iopsTotal'],
  ['read_iops_sec', 'iopsRead'],
  ['write_iops_sec', 'iopsWrite'],
  ['total_bytes_sec', 'bytesPerSecondTotal'],
  ['read_bytes_sec', 'bytesPerSecondRead'],
  ['write_bytes_sec', 'bytesPerSecondWrite'],
];

type Specs = Readonly<Record<string, unknown>>;

/**
 * Limits of Cinder's `qos_specs`. Those in a connection_info are complete: Cinder has worked out what grows with the
 * volume's size. Those of its API are not: for them give the size, and `…_per_gb`, `…_per_gb_min` and `…_max` (then a
 * ceiling) are worked out as Cinder does it. Keys that mean nothing to a throttle are left to whom they concern. Zero means:
 * no limit.
 *
 * @param sizeGib - of the volume; without it `…_per_gb` is left alone
 * @throws {DriverError} `bad_request` for a value that is no whole number, naming its key
 */
export function limitsFromQosSpecs(specs: Specs | null | undefined, sizeGib?: number): QosLimits {
  const given = specs ?? {};
  const rates = new Map<keyof QosRates, number>();
  const burst = new Map<keyof QosRates, number>();
  for (const [key, name] of KEYS) {
    const perGib = sizeGib === undefined ? undefined : limitOf('qos_specs', given, `${key}_per_gb`);
    const most = limitOf('qos_specs', given, `${key}_max`);
    if (perGib === undefined || sizeGib === undefined) {
      put(rates, name, limitOf('qos_specs', given, key));
      put(burst, name, most);
    } else {
      const least = limitOf('qos_specs', given, `${key}_per_gb_min`) ?? 0;
      put(rates, name, Math.min(Math.max(perGib * sizeGib, least), most ?? Number.POSITIVE_INFINITY));
    }
  }
  const unit = limitOf('qos_specs', given, 'size_iops_sec');
  return {
    ...Object.fromEntries(rates),
    ...(burst.size === 0 ? {} : { burst: Object.fromEntries(burst) }),
    ...(unit === undefined ? {} : { iopsUnitBytes: unit }),
  };
}

function put(rates: Map<keyof QosRates, number>, name: keyof QosRates, rate: number | undefined): void {
  if (rate !== undefined) {
    rates.set(name, rate);
  }
}
