import * as z from 'zod';
import type { Connection } from '../../connection-info/connection.ts';
import { parseFields } from '../../connection-info/fields.ts';
import type { Backend, BackendSettings, PreparedBackend } from '../backend.ts';
import { type ImageFormat, imageFormat } from '../image/image-format.ts';
import { prepareFile } from './open-file.ts';

interface GpfsFields {
  readonly device_path: string;
  readonly format?: ImageFormat | null | undefined;
}

const gpfs: z.ZodType<GpfsFields> = z.object({
  device_path: z.string({ error: 'the absolute path of a file' }).min(1, { error: 'the absolute path of a file' }),
  format: imageFormat,
});

/**
 * A plain file, as Cinder's `gpfs` type names it. Without `format` its content is taken as it is: formats are never
 * probed, so a guest that writes a qcow2 header with a backing file into its disk gains nothing by it.
 */
export const fileBackend: Backend = {
  kind: 'file',
  volumeTypes: ['gpfs'],
  async prepare(connection: Connection, settings: BackendSettings): Promise<PreparedBackend> {
    const what = `connection_info of type "${connection.volumeType}"`;
    const { device_path: path, format } = parseFields(what, gpfs, connection.fields);
    return prepareFile('file', path, format ?? 'raw', settings.file ?? { allowedDirectories: [] });
  },
};
