import { DriverError, type ExpectedStorage, type GrantRequest, type OpenRequest } from '../contract.ts';

/** @throws {DriverError} `bad_request` */
export function checkExportName(exportName: string): void {
  const bytes = Buffer.byteLength(exportName);
  if (bytes < 1 || bytes > 255 || /\p{Cc}/u.test(exportName)) {
    const value = JSON.stringify(exportName);
    throw new DriverError('bad_request', `exportName is ${value}, expected 1 to 255 bytes without control characters`);
  }
}

/** @throws {DriverError} `bad_request`; the message never holds the key */
export function checkGrant({ identity, secretHex }: GrantRequest): void {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(identity)) {
    const value = JSON.stringify(identity);
    throw new DriverError('bad_request', `identity is ${value}, expected 1 to 64 characters of A-Z a-z 0-9 . _ -`);
  }
  if (!/^[0-9a-f]{64}$/.test(secretHex)) {
    throw new DriverError('bad_request', 'secretHex (not shown) is not 64 lower-case hex digits');
  }
}

/**
 * For drivers that can't share.
 *
 * @throws {DriverError} `not_supported`
 */
export function refuseShareable(driver: string, { shareable }: Pick<OpenRequest, 'shareable'>): void {
  if (shareable === true) {
    const text = `driver ${driver} can't open a volume for several writers (multiattach); use driver qsd`;
    throw new DriverError('not_supported', text);
  }
}

/**
 * @param found what a path leads to; `id` is undefined when nothing there has one
 * @throws {DriverError} `wrong_volume`
 */
export function checkExpected(
  expected: ExpectedStorage | undefined,
  found: { readonly path: string; readonly sizeBytes: number; readonly id: string | undefined },
): void {
  const { path, sizeBytes, id } = found;
  if (expected?.sizeBytes !== undefined && expected.sizeBytes !== sizeBytes) {
    const text = `${path} has ${sizeBytes} bytes, but the volume has ${expected.sizeBytes}: this is another one`;
    throw new DriverError('wrong_volume', text);
  }
  if (expected?.id !== undefined && expected.id !== id) {
    const text = `${path} has ${id === undefined ? 'no id of its own' : `id ${id}`}, expected ${expected.id}`;
    throw new DriverError('wrong_volume', text);
  }
}
