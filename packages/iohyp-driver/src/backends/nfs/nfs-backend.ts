import * as z from 'zod';
import type { Connection } from '../../connection-info/connection.ts';
import { parseFields } from '../../connection-info/fields.ts';
import { DriverError } from '../../contract.ts';
import type { Backend, BackendSettings, PreparedBackend } from '../backend.ts';
import { prepareFile } from '../file/open-file.ts';
import { type ImageFormat, imageFormat } from '../image/image-format.ts';
import { directFile } from './direct-share.ts';
import { mountedShare } from './mounted-share.ts';

/** Fields of Cinder's NFS drivers, `initialize_connection`. */
interface NfsFields {
  /** `server:/path` */
  readonly export: string;
  /** Name of the file in the share. */
  readonly name: string;
  readonly format?: ImageFormat | null | undefined;
}

const SHARE = 'a share, such as "server:/path"';
const NAME = 'the name of a file, without "/"';

const nfs: z.ZodType<NfsFields> = z.object({
  export: z.string({ error: SHARE }).regex(/^[^\s:/]+:\/\S*$|^\[[0-9a-f:]+\]:\/\S*$/, { error: SHARE }),
  name: z.string({ error: NAME }).regex(/^[^/\0]+$/, { error: NAME }),
  format: imageFormat,
});

/** A file in an NFS share. */
export const nfsBackend: Backend = {
  kind: 'nfs',
  volumeTypes: ['nfs'],
  async prepare(connection: Connection, settings: BackendSettings): Promise<PreparedBackend> {
    const fields = parseFields('connection_info of type "nfs"', nfs, connection.fields);
    if (settings.nfs === undefined) {
      const text = `share ${fields.export}: NFS is not configured on this I/O host (mountPointBase or client is missing)`;
      throw new DriverError('backend_failed', text);
    }
    if (settings.nfs.client === 'libnfs') {
      return directFile({ ...fields, format: fields.format ?? 'raw' }, settings.nfs);
    }
    const { mountPointBase, cache } = settings.nfs;
    const directory = await mountedShare(mountPointBase, fields.export);
    const files = { allowedDirectories: [directory], ...(cache === undefined ? {} : { cache }) };
    return prepareFile('nfs', `${directory}/${fields.name}`, fields.format ?? 'raw', files);
  },
};
