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
    ['a transport that nobody knows', { transport: 'vrio' }, false],
  ])('%s', (_, change, good) => {
    expect(exportAccessSchema.safeParse({ ...access, ...change }).success).toBe(good);
  });

  const nvme = {
    ...{ transport: 'nvme-tcp', address: 'fe80::1', port: 10809, sizeBytes: 1024, readOnly: false },
    ...{ subsystemNqn: 'nqn.2026-01.org.iorcl:s', namespaceUuid: id, hostNqn: 'nqn.2026-01.org.iorcl:c' },
    dhChapSecret: 'DHHC-1:00:ia6zGodOr4SEG0Zzaw398rpY0wqipUWj4jWjUh4HWUz6aQ2n:',
  };
  it.each([
    ['over NVMe', {}, true],
    ['without its key', { dhChapSecret: undefined }, false],
    ['with a key that has no text form', { dhChapSecret: 'ab'.repeat(32) }, false],
    ['with a name that would be two options of the kernel', { hostNqn: 'nqn.x,hostid=1' }, false],
    ['with a name that is none', { subsystemNqn: 'iqn.x' }, false],
    ['with a namespace that is no UUID', { namespaceUuid: '1' }, false],
  ])('%s', (_, change, good) => {
    expect(exportAccessSchema.safeParse({ ...nvme, ...change }).success).toBe(good);
  });
});

it('every error code is an HTTP error and passes the schema of error bodies', () => {
  for (const [code, status] of Object.entries(apiErrorCodes)) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(apiErrorBodySchema.safeParse({ error: { code, message: 'm', requestId: 'r' } }).success).toBe(true);
  }
});
