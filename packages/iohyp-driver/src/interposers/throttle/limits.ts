import * as z from 'zod';
import { DriverError, type QosLimits, type QosRates } from '../../contract.ts';

/** QAPI ThrottleLimits; 0 = unlimited. */
export type ThrottleLimits = Readonly<Record<string, number>>;

/** Our names and QEMU's. */
const RATES: readonly (readonly [keyof QosRates, string])[] = [
  ['iopsTotal', 'iops-total'],
  ['iopsRead', 'iops-read'],
  ['iopsWrite', 'iops-write'],
  ['bytesPerSecondTotal', 'bps-total'],
  ['bytesPerSecondRead', 'bps-read'],
  ['bytesPerSecondWrite', 'bps-write'],
];

const answer: z.ZodType<ThrottleLimits> = z.record(z.string(), z.number());

/** Every limit is named, so that what isn't asked for is lifted. */
export function toThrottleLimits(limits: QosLimits): ThrottleLimits {
  const burstSeconds = limits.burstSeconds ?? 1;
  const rates = RATES.flatMap(([name, qemu]) => {
    const burst = limits.burst?.[name];
    return [
      [qemu, limits[name] ?? 0] as const,
      [`${qemu}-max`, burst ?? 0] as const,
      [`${qemu}-max-length`, burst === undefined ? 1 : burstSeconds] as const,
    ];
  });
  return { ...Object.fromEntries(rates), 'iops-size': limits.iopsUnitBytes ?? 0 };
}

/** The daemon's answer in the contract's words. */
export function fromThrottleLimits(value: unknown): QosLimits {
  const limits = answer.parse(value);
  const pick = (suffix: string): QosRates =>
    Object.fromEntries(
      RATES.map(([name, qemu]) => [name, limits[`${qemu}${suffix}`] ?? 0] as const).filter(([, rate]) => rate !== 0),
    );
  const burst = pick('-max');
  const seconds = RATES.map(([, qemu]) => limits[`${qemu}-max-length`] ?? 1).find((length) => length !== 1);
  const unit = limits['iops-size'] ?? 0;
  return {
    ...pick(''),
    ...(Object.keys(burst).length === 0 ? {} : { burst }),
    ...(seconds === undefined ? {} : { burstSeconds: seconds }),
    ...(unit === 0 ? {} : { iopsUnitBytes: unit }),
  };
}

/** The same limits without what merely repeats a default, so that two ways to ask for the same are equal. */
export function plainLimits(limits: QosLimits): QosLimits {
  return fromThrottleLimits(toThrottleLimits(limits));
}

/** THROTTLE_VALUE_MAX of QEMU. */
const LARGEST = 1e15;

/** @throws {DriverError} `bad_request`, naming the limit, its value and what was expected */
export function checkLimits(limits: QosLimits): void {
  const refuse = (what: string): DriverError => new DriverError('bad_request', `throttle: ${what}`);
  const checkRate = (name: string, value: number | undefined): void => {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1 || value > LARGEST)) {
      throw refuse(`${name} is ${value}, expected a whole number from 1 to ${LARGEST}`);
    }
  };
  for (const [name] of RATES) {
    checkRate(name, limits[name]);
    const burst = limits.burst?.[name];
    checkRate(`burst.${name}`, burst);
    if (burst !== undefined && burst < (limits[name] ?? Number.POSITIVE_INFINITY)) {
      throw refuse(`burst.${name} is ${burst}, expected ${name} (${limits[name] ?? 'not given'}) or more`);
    }
  }
  for (const unit of ['iops', 'bytesPerSecond'] as const) {
    if (limits[`${unit}Total`] !== undefined && (limits[`${unit}Read`] ?? limits[`${unit}Write`]) !== undefined) {
      throw refuse(`${unit}Total can't be combined with ${unit}Read or ${unit}Write: give one or the other`);
    }
  }
  checkRate('burstSeconds', limits.burstSeconds);
  checkRate('iopsUnitBytes', limits.iopsUnitBytes);
  if (limits.burstSeconds !== undefined && limits.burst === undefined) {
    throw refuse('burstSeconds is given without burst');
  }
  if (limits.burstSeconds !== undefined && limits.burstSeconds > 86_400) {
    throw refuse(`burstSeconds is ${limits.burstSeconds}, expected at most 86400, a day`);
  }
}
