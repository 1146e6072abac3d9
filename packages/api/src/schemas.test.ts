import { describe, expect, it } from 'vitest';
import { createAttachmentRequestSchema, exportAccessSchema } from './attachment.ts';
import { apiErrorBodySchema, apiErrorCodes } from './error.ts';

const id = '3f8e1f8e-6b1c-4b8e-9d5a-0c1d2e3f4a5b';

describe('a request to create', () => {
  it.each([
    ['with all of it', { attachmentId: id, computeHost: 'c', mountpoint: '/dev/vdb' }, true],
    ['without mountpoint', { attachmentId: id, computeHost: 'c' }, true],
    ['without compute host', { attachmentId: id }, false],
    ['with an empty compute host', { attachmentId: id, computeHost: '' }, false],
    ['with an id that is no uuid', { attachmentId: '../x', computeHost: 'c' }, false],
    ['with a key that nobody knows', { attachmentId: id, computeHost: 'c', force: true }, false],
  ])('%s', (_, body, good) => {
    expect(createAttachmentRequestSchema.safeParse(body).success).toBe(good);
  });
});

describe('access to an export', () => {
  const access = {
    ...{ transport: 'nbd', address: 'fe80::1', port: 10809, exportName: 'e', sizeBytes: 1024, readOnly: false },
    tls: { kind: 'psk', identity: 'x', secretHex: 'ab'.repeat(32) },
  };
  it.each([
    ['a key of 32 bytes', {}, true],
    ['a short key', { tls: { ...access.tls, secretHex: 'abcd' } }, false],
    ['no TLS', { tls: undefined }, false],
    ['port 0', { port: 0 }, false],
    ['half a byte', { sizeBytes: 0.5 }, false],
  ])('%s', (_, change, good) => {
    expect(exportAccessSchema.safeParse({ ...access, ...change }).success).toBe(good);
  });
});

it('every error code is an HTTP error and passes the schema of error bodies', () => {
  for (const [code, status] of Object.entries(apiErrorCodes)) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(apiErrorBodySchema.safeParse({ error: { code, message: 'm', requestId: 'r' } }).success).toBe(true);
  }
});
