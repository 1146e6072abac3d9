import { basename } from 'node:path';
import type { BackendKind } from '../../contract.ts';
import { DriverError } from '../../contract.ts';
import type { BlockdevNode, PreparedBackend } from '../backend.ts';
import { type ImageFormat, imageNode } from '../image/image-format.ts';
import { holdsOpen } from './opened-file.ts';
import { type SafeFile, safeFile } from './safe-file.ts';
import type { FileBackendSettings } from './settings.ts';

/** A checked file as a backend. */
export async function prepareFile(
  kind: BackendKind,
  path: string,
  format: ImageFormat,
  settings: FileBackendSettings,
): Promise<PreparedBackend> {
  const file = await safeFile(path, settings.allowedDirectories);
  const cache = settings.cache ?? 'auto';
  const direct = cache === 'direct' || (cache === 'auto' && file.directPossible);
  const node = await imageNode(path, format);
  return {
    kind,
    // Not the path: hard links and bind mounts give one file several.
    identity: `file:${file.device}:${file.inode}`,
    id: basename(path),
    description: `file ${path}`,
    blockdev: {
      driver: 'file',
      filename: path,
      locking: 'on',
      aio: 'threads',
      cache: { direct, 'no-flush': false },
    } satisfies BlockdevNode,
    ...(node === undefined ? {} : { format: node }),
    secrets: [],
    verify: (pid) => verify(pid, file),
  };
}

/** The path may have been given to another file between our check and the opening. */
async function verify(pid: number, file: SafeFile): Promise<void> {
  if (!(await holdsOpen(pid, file))) {
    const path = JSON.stringify(file.path);
    throw new DriverError('unsafe_path', `${path}: another file took its place while it was being opened`);
  }
}
