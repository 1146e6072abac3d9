import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ImporterError } from './contract.ts';

/** Where importers keep things, one directory in each per attachment: so a restarted hook finds them again. */
export interface ImportDirectories {
  /** Seen by guests. */
  readonly imports: string;
  /** Root's alone; may go with a reboot. */
  readonly runtime: string;
}

/**
 * The directory of one attachment in another.
 *
 * @throws ImporterError `import_failed` for an id that is no uuid: it becomes part of paths that are deleted recursively
 */
export function directoryOf(directory: string, attachmentId: string): string {
  if (/^[0-9a-f-]{36}$/.test(attachmentId)) return join(directory, attachmentId);
  throw new ImporterError('import_failed', `${JSON.stringify(attachmentId)} is not an attachment's uuid`);
}

export async function makeImportDirectories({ imports, runtime }: ImportDirectories): Promise<void> {
  await mkdir(imports, { recursive: true, mode: 0o711 });
  await mkdir(runtime, { recursive: true, mode: 0o700 });
}

/** Names in all of these directories; one that is missing has none. */
export async function namesIn(directories: readonly string[]): Promise<readonly string[]> {
  const names = await Promise.all(directories.map(directoryNames));
  return [...new Set(names.flat())].sort();
}

/** Without following a mount onto the path: a dead FUSE mount fails every look into it. */
export async function exists(path: string): Promise<boolean> {
  const parent = path.slice(0, path.lastIndexOf('/'));
  return (await directoryNames(parent)).includes(path.slice(parent.length + 1));
}

/** Why unix sockets can't be had below a directory; undefined when they can. */
export function whyNoSockets(option: string, directory: string): string | undefined {
  // A unix socket's path holds at most 107 bytes (unix(7)), and a comma would end it among QEMU's options.
  if (Buffer.byteLength(directory) <= 60 && !directory.includes(',')) return undefined;
  return `${option} ${directory} must be at most 60 bytes long and hold no comma`;
}

async function directoryNames(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
