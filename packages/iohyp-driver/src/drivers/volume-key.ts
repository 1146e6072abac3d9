import { DriverError, type VolumeKey } from '../contract.ts';

/** Instance ids name directories, attachment ids name files: 1 to 40 characters, and never `.` or `..`. */
const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

export function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text);
}

/** @throws {DriverError} `bad_request` */
export function checkInstanceId(instanceId: string): void {
  check('instanceId', instanceId);
}

/** @throws {DriverError} `bad_request` */
export function checkKey(key: VolumeKey): void {
  check('instanceId', key.instanceId);
  check('attachmentId', key.attachmentId);
}

function check(name: string, value: string): void {
  if (typeof value !== 'string' || !isIdentifier(value)) {
    throw new DriverError('bad_request', `${name} is ${JSON.stringify(value)}, expected an id such as a uuid`);
  }
}
