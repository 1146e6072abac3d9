import * as z from 'zod';
import type { Connection } from '../../connection-info/connection.ts';
import { parseFields } from '../../connection-info/fields.ts';
import type { Backend, BackendSettings, BlockdevNode, PreparedBackend } from '../backend.ts';
import { port } from '../port.ts';

interface NbdFields {
  readonly host: string;
  readonly port: string;
  readonly export_name: string;
}

const HOST = 'a host name or address';
const EXPORT = 'the name of an export, at most 255 bytes';

const nbd: z.ZodType<NbdFields> = z.object({
  host: z.string({ error: HOST }).regex(/^[^\s,;/]+$/, { error: HOST }),
  port,
  export_name: z
    .string({ error: EXPORT })
    .refine((name) => Buffer.byteLength(name) <= 255 && !/\p{Cc}/u.test(name), { error: EXPORT }),
});

/**
 * An export of another NBD server: qemu-nbd, nbdkit, another I/O host. No Cinder driver hands it out; it is for storage
 * that is reached through a gateway of one's own.
 */
export const nbdBackend: Backend = {
  kind: 'nbd',
  volumeTypes: ['nbd'],
  async prepare(connection: Connection, settings: BackendSettings): Promise<PreparedBackend> {
    const fields = parseFields('connection_info of type "nbd"', nbd, connection.fields);
    const host = fields.host.replace(/^\[(.*)\]$/, '$1');
    const name = JSON.stringify(fields.export_name);
    return {
      kind: 'nbd',
      identity: `nbd:${host}:${fields.port}/${fields.export_name}`,
      id: fields.export_name,
      description: `NBD export ${name} of ${fields.host}:${fields.port}`,
      blockdev: {
        driver: 'nbd',
        server: { type: 'inet', host, port: fields.port },
        export: fields.export_name,
        'reconnect-delay': settings.nbd?.reconnectDelaySeconds ?? 60,
      } satisfies BlockdevNode,
      secrets: [],
      // The server is addressed over the network: there is no local object that could be swapped.
      verify: async () => {},
    };
  },
};
