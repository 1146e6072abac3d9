import * as z from 'zod';
import type { Connection } from '../../connection-info/connection.ts';
import { parseFields } from '../../connection-info/fields.ts';
import { DriverError } from '../../contract.ts';
import type { Backend, BackendSettings, PreparedBackend } from '../backend.ts';
import { holdsOpen } from './opened-file.ts';
import { type SafeFile, safeFile } from './safe-file.ts';

interface GpfsFields {
  readonly device_path: string;
}

const gpfs: z.ZodType<GpfsFields> = z.object({
  device_path: z.string({ error: 'the absolute path of a file' }).min(1, { error: 'the absolute path of a file' }),
});

/**
 * A plain file, as Cinder's `gpfs` type names it. Its content is always taken as it is: formats are never probed, so a
 * guest that writes a qcow2 header with a backing file into its disk gains nothing by it.
 */
export const fileBackend: Backend = {
  kind: 'file',
  volumeTypes: ['gpfs'],
  async prepare(connection: Connection, settings: BackendSettings): Promise<PreparedBackend> {
    const what = `connection_info of type "${connection.volumeType}"`;
    const { device_path: path } = parseFields(what, gpfs, connection.fields);
    const file = await safeFile(path, settings.file?.allowedDirectories ?? []);
    const cache = settings.file?.cache ?? 'auto';
    const direct = cache === 'direct' || (cache === 'auto' && file.directPossible);
    return {
      kind: 'file',
      // Not the path: hard links and bind mounts give one file several.
      identity: `file:${file.device}:${file.inode}`,
      description: `file ${path}`,
      blockdev: { driver: 'file', filename: path, locking: 'on', aio: 'threads', cache: { direct, 'no-flush': false } },
      secrets: [],
      verify: (pid) => verify(pid, file),
    };
  },
};

/** The path may have been given to another file between our check and the opening. */
async function verify(pid: number, file: SafeFile): Promise<void> {
  if (!(await holdsOpen(pid, file))) {
    const path = JSON.stringify(file.path);
    throw new DriverError('unsafe_path', `${path}: another file took its place while it was being opened`);
  }
}
