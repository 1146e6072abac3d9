import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeNvmeDriver } from '../../test/fake-nvme-driver.ts';
import { Harness, type Life } from '../../test/harness.ts';

let harness: Harness;
let life: Life;
beforeEach(() => {
  harness = new Harness();
  life = harness.start();
});
afterEach(() => {
  // Whatever is refused has changed nothing: neither in Cinder, nor on this host, nor in the journal.
  expect(harness.cloud.connectors.size).toBe(0);
  expect(harness.leftovers()).toEqual([]);
  expect(life.attachments.list()).toEqual([]);
  harness.end();
});

const blue = () => harness.addNetwork('blue', { segmentationId: 101 });
const create = (attachmentId: string) => life.attachments.create({ attachmentId, computeHost: 'compute-1' });

describe('policy_refused', () => {
  it.each([
    ['B1: a flavor without io:enabled', {}, /io:enabled is not true/],
    ['H1: io:enabled=0', { 'io:enabled': '0' }, /io:enabled is not true/],
    ['H1: io:enabled=maybe', { 'io:enabled': 'maybe' }, /io:enabled=maybe is not a boolean/],
    ['an unknown key', { 'io:enabled': '1', 'io:colour': 'red' }, /io:colour=red is unknown/],
    ['guest mode, which is not there yet', { 'io:enabled': '1', 'io:mode': 'guest' }, /io:mode=guest.*expected host/],
  ] as const)('%s', async (_, extraSpecs, message) => {
    const { attachmentId } = harness.reserve(harness.addInstance([blue()], { ...extraSpecs }));
    await expect(create(attachmentId)).rejects.toMatchObject({
      code: 'policy_refused',
      message: expect.stringMatching(message),
    });
  });
});

describe('volume_refused', () => {
  it.each([
    [
      'H17: a multiattach volume that is encrypted',
      { multiattach: true, encrypted: true },
      /multiattach and encrypted/,
    ],
    ['a volume in error', { status: 'error' }, /status is error, expected one of reserved/],
    ['a volume that nobody reserved', { status: 'available' }, /status is available/],
  ] as const)('%s', async (_, facts, message) => {
    const { attachmentId } = harness.reserve(harness.addInstance([blue()]), harness.addVolume(facts));
    await expect(create(attachmentId)).rejects.toMatchObject({
      code: 'volume_refused',
      message: expect.stringMatching(message),
    });
  });

  it('H17: a multiattach volume, where the driver can’t open one for several writers', async () => {
    harness = new Harness({ driver: new FakeNvmeDriver() });
    life = harness.start();
    const { attachmentId } = harness.reserve(harness.addInstance([blue()]), harness.addVolume({ multiattach: true }));
    await expect(create(attachmentId)).rejects.toMatchObject({
      code: 'volume_refused',
      message: expect.stringMatching(/multiattach.*use a volume type without multiattach, or driver qsd/),
    });
  });

  it.each([
    ['where there is no key manager', false, { keyId: 'k', provider: 'luks' }, /no key manager; set \[key_manager\]/],
    ['whose key nobody names', true, undefined, /doesn't say with which key/],
    ['in a format that can’t be opened', true, { keyId: 'k', provider: 'plain' }, /provider is plain, expected one of/],
  ] as const)('H18: an encrypted volume %s', async (_, decrypts, encryption, message) => {
    harness.decrypts = decrypts;
    harness.cloud.encrypted = encryption;
    life = harness.start();
    const { attachmentId } = harness.reserve(harness.addInstance([blue()]), harness.addVolume({ encrypted: true }));
    await expect(create(attachmentId)).rejects.toMatchObject({
      code: 'volume_refused',
      message: expect.stringMatching(message),
    });
  });

  it('an attachment of no instance', async () => {
    const { attachmentId } = harness.reserve('x');
    const attachment = await harness.cloud.attachment(attachmentId);
    harness.cloud.cinderAttachments.set(attachmentId, { ...attachment, instanceId: undefined });
    await expect(create(attachmentId)).rejects.toMatchObject({ code: 'volume_refused' });
  });
});

it('network_refused: H13: the instance’s only network is a tunnel', async () => {
  const tunnel = harness.addNetwork('tunnel', { type: 'vxlan', segmentationId: 101 });
  const { attachmentId } = harness.reserve(harness.addInstance([tunnel]));
  await expect(create(attachmentId)).rejects.toMatchObject({ code: 'network_refused' });
});

it('not_found: an attachment that Cinder doesn’t know', async () => {
  await expect(create('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({ code: 'not_found' });
});

describe('cloud_unavailable', () => {
  it.each(['attachment', 'volume', 'instance', 'ports', 'network'] as const)('%s can’t be asked', async (call) => {
    const { attachmentId } = harness.reserve(harness.addInstance([blue()]));
    harness.cloud.silent.add(call);
    await expect(create(attachmentId)).rejects.toMatchObject({ code: 'cloud_unavailable', retryable: true });
  });
});
