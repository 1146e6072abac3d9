import type { Connection } from '../../connection-info/connection.ts';
import { parseFields } from '../../connection-info/fields.ts';
import { DriverError } from '../../contract.ts';
import type { Backend, BackendSettings, PreparedBackend } from '../backend.ts';
import { blockDevice, hasDeviceOpen } from '../local/block-device.ts';
import { connectNvmeof } from './nvmeof-connections.ts';
import { type NamespaceName, nvmeofFields } from './nvmeof-fields.ts';

/** A namespace of an NVMe subsystem over TCP, connected by the kernel's initiator. */
export const nvmeofBackend: Backend = {
  kind: 'nvmeof',
  volumeTypes: ['nvmeof'],
  async prepare(connection: Connection, { nvmeof: settings }: BackendSettings): Promise<PreparedBackend> {
    const fields = parseFields('connection_info of type "nvmeof"', nvmeofFields, connection.fields);
    const name = nameOf(fields.namespace);
    const description = `namespace ${name} of ${fields.nqn}`;
    if (settings === undefined) {
      const text = `${description}: NVMe is not configured on this I/O host (hostNqn is missing)`;
      throw new DriverError('backend_failed', text);
    }
    if (fields.hostNqn !== undefined && fields.hostNqn !== settings.hostNqn) {
      const text = `host_nqn is "${fields.hostNqn}", expected "${settings.hostNqn}": the volume is offered to another host`;
      throw new DriverError('bad_connection_info', `connection_info of type "nvmeof": ${text}`);
    }
    const prepared: PreparedBackend = {
      kind: 'nvmeof',
      identity: `nvmeof:${fields.nqn}:${name}`,
      ...('nsid' in fields.namespace ? {} : { id: name }),
      description,
      blockdev: { driver: 'host_device', aio: 'threads', cache: { direct: true, 'no-flush': false } },
      secrets: [],
      async verify(): Promise<void> {
        throw new DriverError('data_plane_failed', `${description}: opened without having been connected`);
      },
    };
    return {
      ...prepared,
      connect: async (attachmentId, signal) => {
        const path = `/dev/${await connectNvmeof(settings, fields, attachmentId, signal)}`;
        const device = await blockDevice(path, [path]);
        return {
          ...prepared,
          blockdev: { ...prepared.blockdev, filename: path },
          countedBy: { kind: 'kernel', device: device.number },
          async verify(pid: number): Promise<void> {
            if (!(await hasDeviceOpen(pid, device))) {
              const text = `${path}: another device took its place while it was being opened`;
              throw new DriverError('unsafe_path', text);
            }
          },
        };
      },
    };
  },
};

function nameOf(namespace: NamespaceName): string {
  if ('uuid' in namespace) {
    return namespace.uuid;
  }
  return 'nguid' in namespace ? namespace.nguid : `nsid ${namespace.nsid}`;
}
