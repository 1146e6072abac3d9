import type { Connection } from '../../connection-info/connection.ts';
import { parseFields } from '../../connection-info/fields.ts';
import { DriverError } from '../../contract.ts';
import type { Backend, BackendSettings, BlockdevNode, PreparedBackend } from '../backend.ts';
import { iscsiFields } from './iscsi-fields.ts';
import { reachablePortal } from './portal.ts';

/** An iSCSI logical unit, opened by libiscsi inside the data plane (Debian: package qemu-block-extra). */
export const iscsiBackend: Backend = {
  kind: 'iscsi',
  volumeTypes: ['iscsi'],
  async prepare(connection: Connection, settings: BackendSettings): Promise<PreparedBackend> {
    const { portals, chap } = parseFields('connection_info of type "iscsi"', iscsiFields, connection.fields);
    const [preferred] = portals;
    const description = `iSCSI target ${preferred?.target} lun ${preferred?.lun}`;
    if (settings.iscsi === undefined) {
      const text = `${description}: iSCSI is not configured on this I/O host (initiatorName is missing)`;
      throw new DriverError('backend_failed', text);
    }
    const { host, port, target, lun } = await reachablePortal(portals, settings.iscsi.portalTimeoutMs ?? 3_000);
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    return {
      kind: 'iscsi',
      identity: `iscsi:${preferred?.target}:${preferred?.lun}`,
      description,
      blockdev: {
        driver: 'iscsi',
        transport: 'tcp',
        portal: address,
        target,
        lun,
        'initiator-name': settings.iscsi.initiatorName,
        ...(chap === undefined ? {} : { user: chap.user }),
      } satisfies BlockdevNode,
      secrets:
        chap === undefined
          ? []
          : [{ option: 'password-secret', base64: Buffer.from(chap.password).toString('base64') }],
      // The target is addressed over the network: there is no local object that could be swapped.
      verify: async () => {},
    };
  },
};
