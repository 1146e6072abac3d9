import { chown, mkdir, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditInterposer, DriverError } from '../../contract.ts';
import type { QmpCallOptions } from '../../qmp/deadline.ts';
import type { QmpClient } from '../../qmp/qmp-client.ts';
import type { InterposerStage, Placing } from '../interposer-stage.ts';

/**
 * QEMU's `blklogwrites`: each write, discard and flush goes into a log, with its data, in the format of Linux's
 * dm-log-writes. The log of an attachment is `<auditDirectory>/<attachment>.log`; it outlives the volume, and is continued
 * when the stage is placed again.
 */
export const auditStage: InterposerStage<AuditInterposer> = {
  kind: 'audit',
  blockDriver: 'blklogwrites',

  check(): void {
    // There is nothing to choose.
  },

  plain: (): AuditInterposer => ({ kind: 'audit' }),

  async add(qmp: QmpClient, { nodeName, below, volume }: Placing<AuditInterposer>, options: QmpCallOptions) {
    const { auditDirectory, attachmentId, owner } = volume;
    if (auditDirectory === undefined) {
      throw new DriverError('not_supported', 'interposer "audit": no auditDirectory is configured on this I/O host');
    }
    await mkdir(auditDirectory, { recursive: true, mode: 0o711 });
    const filename = join(auditDirectory, `${attachmentId}.log`);
    // Made here, since the daemon can't make files: QEMU opens only what is there.
    await (await open(filename, 'a', 0o600)).close();
    if (owner !== undefined) {
      await chown(filename, owner.uid, owner.gid);
    }
    const continued = (await stat(filename)).size > 0;
    await qmp.call(
      'blockdev-add',
      {
        driver: 'blklogwrites',
        'node-name': nodeName,
        file: below,
        log: { driver: 'file', filename },
        'log-append': continued,
      },
      options,
    );
  },

  read: async (): Promise<AuditInterposer> => ({ kind: 'audit' }),
};
