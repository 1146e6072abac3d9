import { DriverError, type QosLimits, type QosRates } from '../../contract.ts';

/** Cinder's keys for front-end QoS (as Nova's libvirt driver takes them) and ours. `_max` of each is its burst. */
const KEYS: readonly (readonly [string, keyof QosRates])[] = [
  ['total_iops_sec', 'iopsTotal'],
  ['read_iops_sec', 'iopsRead'],
  ['write_iops_sec', 'iopsWrite'],
  ['total_bytes_sec', 'bytesPerSecondTotal'],
  ['read_bytes_sec', 'bytesPerSecondRead'],
  ['write_bytes_sec', 'bytesPerSecondWrite'],
];

/**
 * Limits of the `qos_specs` in a connection_info. Cinder has already worked out those that grow with the volume's size
 * (`…_per_gb`); keys that mean nothing to a throttle are left to whom they concern. Zero means: no limit.
 * @throws {DriverError} `bad_request` for a value that is no whole number, naming its key
 */
export function limitsFromQosSpecs(specs: Readonly<Record<string, unknown>> | null | undefined): QosLimits {
  const burst = pick(specs ?? {}, '_max');
  const unit = numberOf(specs ?? {}, 'size_iops_sec');
  return {
    ...pick(specs ?? {}, ''),
    ...(Object.keys(burst).length === 0 ? {} : { burst }),
    ...(unit === undefined ? {} : { iopsUnitBytes: unit }),
  };
}

function pick(specs: Readonly<Record<string, unknown>>, suffix: string): QosRates {
  const rates = KEYS.map(([key, name]) => [name, numberOf(specs, `${key}${suffix}`)] as const);
  return Object.fromEntries(rates.filter(([, rate]) => rate !== undefined));
}

function numberOf(specs: Readonly<Record<string, unknown>>, key: string): number | undefined {
  const value = specs[key];
  if (value === undefined || value === null) {
    return undefined;
  }
  const number = typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    throw new DriverError('bad_request', `qos_specs: ${key} is ${JSON.stringify(value)}, expected a whole number`);
  }
  return number === 0 ? undefined : number;
}
