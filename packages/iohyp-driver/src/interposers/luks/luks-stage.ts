import { isAbsolute } from 'node:path';
import { DriverError, type Interposer, type LuksInterposer } from '../../contract.ts';
import type { QmpCallOptions } from '../../qmp/deadline.ts';
import type { QmpClient } from '../../qmp/qmp-client.ts';
import { QmpError } from '../../qmp/qmp-error.ts';
import { removeNode, removeObject } from '../../qmp/remove.ts';
import type { InterposerStage, Placing } from '../interposer-stage.ts';
import { passphrase } from './passphrase.ts';

/** QEMU's `luks` format driver: LUKS 1. It refuses LUKS 2 by itself. */
export const luksStage: InterposerStage<LuksInterposer> = {
  kind: 'luks',
  blockDriver: 'luks',

  check({ key }: LuksInterposer): void {
    const bad = 'file' in key ? !isAbsolute(key.file) : !/^[\w.-]{1,255}$/.test(key.keyManagerId);
    if (bad) {
      const expected = 'file' in key ? 'an absolute path as key.file' : 'an id such as a uuid as key.keyManagerId';
      throw new DriverError('bad_request', `interposer "luks": ${JSON.stringify(key)}, expected ${expected}`);
    }
  },

  plain: ({ key }: LuksInterposer): LuksInterposer => ({ kind: 'luks', key }),

  async add(qmp: QmpClient, placing: Placing<LuksInterposer>, options: QmpCallOptions): Promise<void> {
    const { nodeName, below, readOnly, interposer, keyManager } = placing;
    const data = await passphrase(interposer.key, keyManager, options);
    const id = secretOf(nodeName);
    await qmp.execute('object-add', { 'qom-type': 'secret', id, data, format: 'base64' }, options);
    try {
      await qmp.execute(
        'blockdev-add',
        {
          driver: 'luks',
          'node-name': nodeName,
          file: below,
          'key-secret': id,
          'read-only': readOnly,
          discard: 'unmap',
        },
        options,
      );
    } catch (error) {
      throw error instanceof QmpError && error.code === 'command_failed' ? notOpened(error) : error;
    } finally {
      // Needed only while the header is being read.
      await removeObject(qmp, id, options);
    }
  },

  async remove(qmp: QmpClient, nodeName: string, options: QmpCallOptions): Promise<void> {
    await removeNode(qmp, nodeName, options);
    await removeObject(qmp, secretOf(nodeName), options);
  },

  /** The daemon doesn't tell where a key came from, nor should it. */
  async read(
    _qmp: QmpClient,
    nodeName: string,
    recorded: Interposer | undefined,
    _options: QmpCallOptions,
  ): Promise<LuksInterposer> {
    if (recorded?.kind !== 'luks') {
      throw new DriverError('data_plane_failed', `node ${nodeName} decrypts, but its record says nothing of that`);
    }
    return recorded;
  },
};

function secretOf(nodeName: string): string {
  return `${nodeName}-key`;
}

function notOpened(error: QmpError): DriverError {
  const said = error.description ?? error.message;
  const why = /version 2/.test(said)
    ? `${said}; QEMU opens LUKS 1 only: use a Cinder volume type whose encryption provider is "luks"`
    : `${said}; is it the right key, and is the volume formatted with LUKS?`;
  return new DriverError('backend_failed', `interposer "luks": ${why}`, { cause: error });
}
