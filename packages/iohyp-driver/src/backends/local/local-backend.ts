import * as z from 'zod';
import type { Connection } from '../../connection-info/connection.ts';
import { parseFields } from '../../connection-info/fields.ts';
import { DriverError } from '../../contract.ts';
import type { Backend, BackendSettings, BlockdevNode, PreparedBackend } from '../backend.ts';
import { blockDevice, hasDeviceOpen } from './block-device.ts';

interface LocalFields {
  readonly device_path: string;
}

const PATH = 'the absolute path of a block device';
const local: z.ZodType<LocalFields> = z.object({ device_path: z.string({ error: PATH }).min(1, { error: PATH }) });

/** A block device of the I/O host itself: a logical volume, a disk, a device that something else connected. */
export const localBackend: Backend = {
  kind: 'local',
  volumeTypes: ['local'],
  async prepare(connection: Connection, settings: BackendSettings): Promise<PreparedBackend> {
    const { device_path: path } = parseFields('connection_info of type "local"', local, connection.fields);
    const device = await blockDevice(path, settings.local?.allowedPrefixes ?? []);
    return {
      kind: 'local',
      identity: `local:${device.number}`,
      ...(device.id === undefined ? {} : { id: device.id }),
      description: `block device ${path}`,
      blockdev: {
        driver: 'host_device',
        filename: path,
        aio: 'threads',
        cache: { direct: true, 'no-flush': false },
      } satisfies BlockdevNode,
      secrets: [],
      countedBy: { kind: 'kernel', device: device.number },
      async verify(pid: number): Promise<void> {
        if (!(await hasDeviceOpen(pid, device))) {
          throw new DriverError('unsafe_path', `${path}: another device took its place while it was being opened`);
        }
      },
    };
  },
};
