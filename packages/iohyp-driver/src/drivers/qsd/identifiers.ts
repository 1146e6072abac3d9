import { createHash } from 'node:crypto';
import { DriverError, type VolumeKey } from '../../contract.ts';

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

/** Names of one volume's parts inside the daemon. QEMU allows 31 characters, so the attachment's uuid doesn't fit. */
export interface BlockNames {
  /** Node that talks to the storage. */
  readonly storage: string;
  /** Node above it that takes the content as it is. */
  readonly raw: string;
  readonly export: string;
  /** Object that holds the nth secret while the storage is being opened, from 0. */
  secret(index: number): string;
  /** Filter node of the nth interposer, from 0. */
  stage(index: number): string;
}

export function blockNames(attachmentId: string): BlockNames {
  const base = `v${createHash('sha256').update(attachmentId).digest('hex').slice(0, 18)}`;
  return {
    storage: `${base}-store`,
    raw: `${base}-raw`,
    export: `${base}-export`,
    secret: (index) => `${base}-s${index}`,
    stage: (index) => `${base}-f${index}`,
  };
}
