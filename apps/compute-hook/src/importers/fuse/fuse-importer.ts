import { access as accessFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExportAccess } from '@iorcl/api';
import {
  type CommandRunner,
  type DetachedCommand,
  isRunning,
  LocalCommandRunner,
  type ProcessFacts,
  QmpClient,
  startDetached,
} from '@iorcl/iohyp-driver';
import { describeError } from '@iorcl/service';
import * as z from 'zod';
import {
  type DiskPlace,
  type ImportedDisk,
  type Importer,
  ImporterError,
  type ImportRequest,
  type Possibility,
} from '../contract.ts';
import { endStorageDaemon } from './end-storage-daemon.ts';
import { growDisk } from './grow-disk.ts';
import { type ImportPaths, importPaths } from './import-paths.ts';
import { isMountPoint, mountOf, readMounts } from './mount-table.ts';
import { EXPORT_ID, findStorageDaemon, importsExport, storageDaemonCommand } from './storage-daemon.ts';
import { unmount } from './unmount.ts';

export interface FuseImporterOptions {
  /** Disks appear here as `ATTACHMENT/disk`. Must lie on a shared mount, see {@link FuseImporter.prepare}. */
  readonly importsDirectory: string;
  /** Sockets, keys and logs; may vanish at a reboot. */
  readonly runtimeDirectory: string;
  /** How long requests wait for an export that is away before they fail, in seconds. Default 300. */
  readonly reconnectDelaySeconds?: number;
  /** Accept an imports directory on a private mount. Default false. */
  readonly allowPrivateMount?: boolean;
  /** How long the daemon may take until the disk is there, in milliseconds. Default 20 000. */
  readonly startTimeoutMs?: number;
  /** How long each way of ending the daemon may take, in milliseconds. Default 5 000. */
  readonly stopTimeoutMs?: number;
  /** How long each step of a resize may take, in milliseconds. Default 10 000. */
  readonly resizeTimeoutMs?: number;
  readonly program?: string;
  readonly runner?: CommandRunner;
}

/**
 * Imports by qemu-storage-daemon's FUSE export: needs nothing of the host's kernel but FUSE, and makes a plain file. Slow
 * under parallel I/O: the fallback where no better importer works.
 */
export class FuseImporter implements Importer {
  readonly name = 'fuse';
  readonly transports = ['nbd'] as const;
  readonly networkEnd = 'tenant-namespace';
  readonly #options: Required<FuseImporterOptions>;

  constructor(options: FuseImporterOptions) {
    this.#options = {
      reconnectDelaySeconds: 300,
      allowPrivateMount: false,
      startTimeoutMs: 20_000,
      stopTimeoutMs: 5_000,
      resizeTimeoutMs: 10_000,
      program: 'qemu-storage-daemon',
      runner: new LocalCommandRunner(),
      ...options,
    };
  }

  /**
   * FUSE mounts are made in the hook's mount namespace. A guest's QEMU often runs in one of its own, which sees them only
   * below a shared mount; else the guest gets a disk without sectors, and nobody an error.
   */
  async probe(): Promise<Possibility> {
    const { importsDirectory, runtimeDirectory, allowPrivateMount } = this.#options;
    const impossible = (why: string): Possibility => ({ possible: false, why });
    if (Buffer.byteLength(runtimeDirectory) > 60 || runtimeDirectory.includes(',')) {
      // A unix socket's path holds at most 107 bytes (unix(7)), and a comma would end it among QEMU's options.
      return impossible(`runtime_directory ${runtimeDirectory} must be at most 60 bytes long and hold no comma`);
    }
    try {
      await accessFile('/dev/fuse');
    } catch (error) {
      return impossible(`/dev/fuse can't be used (${describeError(error)}): load the kernel's fuse module`);
    }
    const mount = mountOf(importsDirectory, await readMounts());
    if (allowPrivateMount || mount?.shared === true) return { possible: true };
    return impossible(
      `${importsDirectory} lies on the private mount ${mount?.mountPoint ?? '?'}: a guest whose QEMU has its own mount namespace ` +
        `would see a disk without sectors. Make it shared (mount --bind ${importsDirectory} ${importsDirectory} && ` +
        `mount --make-shared ${importsDirectory}), or set allow_private_mount if all guests run in the hook's mount namespace`,
    );
  }

  async prepare(): Promise<void> {
    await mkdir(this.#options.importsDirectory, { recursive: true, mode: 0o711 });
    await mkdir(this.#options.runtimeDirectory, { recursive: true, mode: 0o700 });
  }

  place(attachmentId: string): DiskPlace {
    return { kind: 'file', path: this.#paths(attachmentId).disk };
  }

  async import(request: ImportRequest): Promise<ImportedDisk> {
    const { attachmentId, access } = request;
    const paths = this.#paths(attachmentId);
    const keys = `${access.tls.identity}:${access.tls.secretHex}\n`;
    const running = await findStorageDaemon(paths);
    if (running !== undefined && (await isOfThis(running, paths, request, keys))) {
      const serving = await isServing(paths);
      if (serving === 'yes') return await this.#kept(attachmentId, paths, access);
      if (serving === 'unknown' && (await isRunning(running))) {
        // It may well be serving a guest: that it is slow to answer is no reason to take the guest's disk away.
        const message = `Process ${running.pid}, which imports ${where(access)}, does not answer at ${paths.qmpSocket}; it is left as it is`;
        throw new ImporterError('not_answering', message, { attachmentId });
      }
    }
    // Whatever else is there is the rest of an import that ended, or of one of another export.
    if (running !== undefined || (await this.#anythingOf(paths))) await this.unimport(attachmentId);
    const command = storageDaemonCommand(paths, access, request.interfaceName, this.#options);
    try {
      await makeDirectories(paths);
      await writeFile(paths.keysFile, keys, { mode: 0o600 });
      await writeFile(paths.disk, '', { mode: 0o600 });
      // The fork happens inside the namespace, at once; what follows it does not have to.
      const { started } = request.runInside(() => ({ started: startDetached(command, { logFile: paths.log }) }));
      await this.#served(attachmentId, paths, access, await started);
      return await this.#verified(attachmentId, paths, access);
    } catch (error) {
      await this.unimport(attachmentId);
      if (error instanceof ImporterError) throw error;
      throw new ImporterError('import_failed', `Importing ${where(access)} failed: ${describeError(error)}`, {
        attachmentId,
        cause: error,
      });
    }
  }

  async resize(attachmentId: string, access: ExportAccess): Promise<ImportedDisk> {
    const paths = this.#paths(attachmentId);
    if ((await findStorageDaemon(paths)) === undefined || (await isServing(paths)) !== 'yes') {
      const message = `${paths.disk} can't grow now: it is not imported; it has its new size when it is imported again`;
      throw new ImporterError('cannot_resize', message, { attachmentId });
    }
    const { size } = await stat(paths.disk);
    if (size > access.sizeBytes) {
      const message = `${paths.disk} has ${size} bytes, and a disk in use is never made smaller: not ${access.sizeBytes}`;
      throw new ImporterError('cannot_resize', message, { attachmentId });
    }
    if (size < access.sizeBytes) {
      const { runner, resizeTimeoutMs: timeoutMs } = this.#options;
      await growDisk(attachmentId, paths, access.sizeBytes, { runner, timeoutMs });
    }
    return await this.#verified(attachmentId, paths, access);
  }

  async unimport(attachmentId: string): Promise<void> {
    const paths = this.#paths(attachmentId);
    const daemon = await findStorageDaemon(paths);
    const left: string[] = [];
    if (daemon !== undefined) {
      await endStorageDaemon(daemon, paths, this.#options.stopTimeoutMs);
      const still: ProcessFacts | undefined = await findStorageDaemon(paths);
      if (still !== undefined) left.push(`process ${still.pid}`);
    }
    await unmount(paths.disk, this.#options.runner);
    if (await isMountPoint(paths.disk)) left.push(`mount ${paths.disk}`);
    if (left.length > 0) {
      const message = `The import of attachment ${attachmentId} can't be removed: ${left.join(' and ')} still there after all bounded attempts; see dmesg for a hanging FUSE or network device`;
      throw new ImporterError('still_there', message, { attachmentId });
    }
    await rm(paths.diskDirectory, { recursive: true, force: true });
    await rm(paths.runtimeDirectory, { recursive: true, force: true });
  }

  async list(): Promise<readonly string[]> {
    const { importsDirectory, runtimeDirectory } = this.#options;
    const names = await Promise.all([importsDirectory, runtimeDirectory].map(directoryNames));
    return [...new Set(names.flat())].sort();
  }

  #paths(attachmentId: string): ImportPaths {
    // The id becomes part of paths that are deleted recursively.
    if (!/^[0-9a-f-]{36}$/.test(attachmentId)) {
      throw new ImporterError('import_failed', `${JSON.stringify(attachmentId)} is not an attachment's uuid`);
    }
    const { importsDirectory, runtimeDirectory } = this.#options;
    return importPaths({ imports: importsDirectory, runtime: runtimeDirectory }, attachmentId);
  }

  async #anythingOf(paths: ImportPaths): Promise<boolean> {
    const there = await Promise.all([paths.diskDirectory, paths.runtimeDirectory].map(exists));
    return there.includes(true);
  }

  async #served(
    attachmentId: string,
    paths: ImportPaths,
    access: ExportAccess,
    daemon: DetachedCommand,
  ): Promise<void> {
    const ended = daemon.exited.then(() => true);
    const deadline = Date.now() + this.#options.startTimeoutMs;
    while ((await isServing(paths)) !== 'yes') {
      const over = await Promise.race([ended, delay(20, false)]);
      if (!over && Date.now() < deadline) continue;
      const said = (await readFile(paths.log, 'utf8').catch(() => '')).trim().slice(-1000);
      const how = over ? 'qemu-storage-daemon ended' : `no disk within ${this.#options.startTimeoutMs} ms`;
      const message = `Importing ${where(access)} failed: ${how}${said === '' ? '' : `: ${said}`}`;
      throw new ImporterError('import_failed', message, { attachmentId });
    }
  }

  /** The disk of an import that runs. An export that has grown is no reason to take it away. */
  async #kept(attachmentId: string, paths: ImportPaths, access: ExportAccess): Promise<ImportedDisk> {
    const { size } = await stat(paths.disk);
    if (size >= access.sizeBytes) return await this.#verified(attachmentId, paths, access);
    try {
      return await this.resize(attachmentId, access);
    } catch (error) {
      if (!(error instanceof ImporterError) || error.code !== 'cannot_resize') throw error;
      return { ...this.place(attachmentId), sizeBytes: size };
    }
  }

  async #verified(attachmentId: string, paths: ImportPaths, access: ExportAccess): Promise<ImportedDisk> {
    const { size } = await stat(paths.disk);
    if (size !== access.sizeBytes) {
      const message = `${paths.disk} has ${size} bytes, but the export ${where(access)} was announced with ${access.sizeBytes}`;
      throw new ImporterError('size_differs', message, { attachmentId });
    }
    return { ...this.place(attachmentId), sizeBytes: size };
  }
}

/** Whether the daemon says that it exports, and the kernel that the export is mounted. */
async function isServing(paths: ImportPaths): Promise<'yes' | 'no' | 'unknown'> {
  if (!(await exists(paths.qmpSocket))) return 'unknown';
  let exports: unknown;
  try {
    using qmp = await QmpClient.connect(paths.qmpSocket, { timeoutMs: 2_000 });
    exports = await qmp.execute('query-block-exports', {}, { timeoutMs: 2_000 });
  } catch {
    return 'unknown';
  }
  const exported = exportsSchema.parse(exports).some(({ id }) => id === EXPORT_ID);
  return exported && (await isMountPoint(paths.disk)) ? 'yes' : 'no';
}

const exportsSchema = z.array(z.object({ id: z.string() }));

/** Whether a running daemon imports what is asked for. A keys file that is lost says nothing against it. */
async function isOfThis(
  running: ProcessFacts,
  paths: ImportPaths,
  { access, interfaceName }: ImportRequest,
  keys: string,
): Promise<boolean> {
  const itsKeys = await readFile(paths.keysFile, 'utf8').catch(() => keys);
  return itsKeys === keys && importsExport(running.args, access, interfaceName);
}

async function makeDirectories(paths: ImportPaths): Promise<void> {
  await mkdir(paths.diskDirectory, { recursive: true, mode: 0o711 });
  await mkdir(paths.runtimeDirectory, { recursive: true, mode: 0o700 });
  await mkdir(paths.keysDirectory, { recursive: true, mode: 0o700 });
}

/** Without following a mount onto the path: a dead FUSE mount fails every look into it. */
async function exists(path: string): Promise<boolean> {
  const parent = path.slice(0, path.lastIndexOf('/'));
  return (await directoryNames(parent)).includes(path.slice(parent.length + 1));
}

async function directoryNames(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function where(access: ExportAccess): string {
  return `nbd export ${access.exportName} at [${access.address}]:${access.port}`;
}
