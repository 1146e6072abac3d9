import { randomBytes } from 'node:crypto';

/** 32 hex digits, as Keystone makes them. */
export function keystoneId(): string {
  return randomBytes(16).toString('hex');
}
