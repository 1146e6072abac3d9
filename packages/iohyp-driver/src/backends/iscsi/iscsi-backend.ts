import type { Connection } from '../../connection-info/connection.ts';
import { parseFields } from '../../connection-info/fields.ts';
import { DriverError } from '../../contract.ts';
import type { Backend, BackendSettings, BlockdevNode, PreparedBackend } from '../backend.ts';
import { iscsiFields } from './iscsi-fields.ts';
import { type Portal, reachablePortals } from './portal.ts';

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
    const { initiatorName, portalTimeoutMs = 3_000 } = settings.iscsi;
    const [first, ...others] = await reachablePortals(portals, portalTimeoutMs);
    const wayBy = ({ host, port, target, lun }: Portal): BlockdevNode => ({
      driver: 'iscsi',
      transport: 'tcp',
      portal: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
      target,
      lun,
      'initiator-name': initiatorName,
      ...(chap === undefined ? {} : { user: chap.user }),
    });
    return {
      kind: 'iscsi',
      identity: `iscsi:${preferred?.target}:${preferred?.lun}`,
      description,
      blockdev: { ...wayBy(first) },
      otherWays: others.map((portal) => ({ ...wayBy(portal) })),
      secrets:
        chap === undefined
          ? []
          : [{ option: 'password-secret', base64: Buffer.from(chap.password).toString('base64') }],
      // The target is addressed over the network: there is no local object that could be swapped.
      verify: async () => {},
    };
  },
};
