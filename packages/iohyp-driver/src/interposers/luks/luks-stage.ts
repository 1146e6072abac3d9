import { isAbsolute } from 'node:path';
import { DriverError, type Interposer, type LuksInterposer } from '../../contract.ts';
import type { QmpCallOptions } from '../../qmp/deadline.ts';
import type { QmpClient } from '../../qmp/qmp-client.ts';
import { QmpError } from '../../qmp/qmp-error.ts';
import { removeObject } from '../../qmp/remove.ts';
import type { InterposerStage, Placing } from '../interposer-stage.ts';
import { passphrase } from './passphrase.ts';

/** Node of a volume that the kernel has decrypted. */
export const PLAINTEXT_DRIVER = 'host_device';

/** QEMU's `luks` format driver: LUKS 1. It refuses LUKS 2 by itself; where the kernel has opened that, its plaintext. */
export const luksStage: InterposerStage<LuksInterposer> = {
  kind: 'luks',
  blockDriver: 'luks',
  nearestToBackend: 'the ciphertext is next to the backend',

  check({ key }: LuksInterposer): void {
    const bad = 'file' in key ? !isAbsolute(key.file) : !/^[\w.-]{1,255}$/.test(key.keyManagerId);
    if (bad) {
      const expected = 'file' in key ? 'an absolute path as key.file' : 'an id such as a uuid as key.keyManagerId';
      throw new DriverError('bad_request', `interposer "luks": ${JSON.stringify(key)}, expected ${expected}`);
    }
  },

  plain: ({ key }: LuksInterposer): LuksInterposer => ({ kind: 'luks', key }),

  async add(qmp: QmpClient, placing: Placing<LuksInterposer>, options: QmpCallOptions): Promise<void> {
    const { nodeName, below, readOnly, interposer, keyManager, plaintext } = placing;
    const shared = { 'node-name': nodeName, 'read-only': readOnly, discard: 'unmap' };
    if (plaintext !== undefined) {
      const device = { driver: PLAINTEXT_DRIVER, filename: plaintext, aio: 'threads' };
      await qmp.execute('blockdev-add', { ...device, cache: { direct: true, 'no-flush': false }, ...shared }, options);
      return;
    }
    const data = await passphrase(interposer.key, keyManager, options);
    const id = secretOf(nodeName);
    await qmp.call('object-add', { 'qom-type': 'secret', id, data, format: 'base64' }, options);
    try {
      await qmp.execute('blockdev-add', { driver: 'luks', file: below, 'key-secret': id, ...shared }, options);
    } catch (error) {
      throw error instanceof QmpError && error.code === 'command_failed' ? notOpened(error) : error;
    } finally {
      // Needed only while the header is being read.
      await removeObject(qmp, id, options);
    }
  },

  /** The daemon doesn't tell where a key came from, nor should it. */
  async read(
    _qmp: QmpClient,
    _nodeName: string,
    recorded: Interposer | undefined,
  ): Promise<LuksInterposer | undefined> {
    return recorded?.kind === 'luks' ? recorded : undefined;
  },
};

function secretOf(nodeName: string): string {
  return `${nodeName}-key`;
}

function notOpened(error: QmpError): DriverError {
  const said = error.description ?? error.message;
  const why = /version 2/.test(said)
    ? `${said}; QEMU opens LUKS 1 only, and the kernel LUKS 2 of block devices (types "local" and "nvmeof"): use a Cinder ` +
      'volume type whose encryption provider is "luks"'
    : `${said}; is it the right key, and is the volume formatted with LUKS?`;
  return new DriverError('backend_failed', `interposer "luks": ${why}`, { cause: error });
}
