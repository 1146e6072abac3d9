import { DriverError } from '../../contract.ts';

/**
 * A limit as OpenStack holds it, often as text. Undefined for none: absent, null or zero.
 * @throws {DriverError} `bad_request`
 */
export function limitOf(where: string, specs: Readonly<Record<string, unknown>>, key: string): number | undefined {
  const value = specs[key];
  if (value === undefined || value === null) {
    return undefined;
  }
  const number = typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    throw new DriverError('bad_request', `${where}: ${key} is ${JSON.stringify(value)}, expected a whole number`);
  }
  return number === 0 ? undefined : number;
}
