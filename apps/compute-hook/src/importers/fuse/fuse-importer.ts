import { access as accessFile, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportAccess } from '@iorcl/api';
import { type CommandRunner, LocalCommandRunner } from '@iorcl/iohyp-driver';
import { describeError } from '@iorcl/service';
import { checkSize } from '../check-size.ts';
import {
  type DiskPlace,
  type ImportedDisk,
  type Importer,
  ImporterError,
  type ImportRequest,
  type Possibility,
} from '../contract.ts';
import { checkCanGrow, growIfPossible } from '../growth.ts';
import { directoryOf, type ImportDirectories, makeImportDirectories, namesIn } from '../import-directories.ts';
import { isMountPoint, mountOf, readMounts } from '../mount-table.ts';
import { daemonPaths } from '../storage-daemon/daemon-paths.ts';
import { DaemonWatch } from '../storage-daemon/daemon-watch.ts';
import { StorageDaemon, whyNoStorageDaemon } from '../storage-daemon/storage-daemon.ts';
import { growDisk } from './grow-disk.ts';
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
  readonly #watch = new DaemonWatch();

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
    const { program, runner } = this.#options;
    const why = await whyNoStorageDaemon(program, runtimeDirectory, runner);
    if (why !== undefined) return impossible(why);
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
    await makeImportDirectories(this.#directories());
  }

  place(attachmentId: string): DiskPlace {
    return { kind: 'file', path: this.#place(attachmentId).disk };
  }

  async import(request: ImportRequest): Promise<ImportedDisk> {
    const { attachmentId, access } = request;
    const { disk, directory } = this.#place(attachmentId);
    const daemon = this.#daemon(attachmentId);
    if (await daemon.imports(request)) return await this.#kept(attachmentId, access);
    // Whatever else is there is the rest of an import that ended, or of one of another export.
    await this.unimport(attachmentId);
    try {
      await mkdir(directory, { recursive: true, mode: 0o711 });
      await writeFile(disk, '', { mode: 0o600 });
      await daemon.start(request);
      return await this.#verified(attachmentId, access);
    } catch (cause) {
      await this.unimport(attachmentId);
      if (cause instanceof ImporterError) throw cause;
      const message = `Importing to ${disk} failed: ${describeError(cause)}`;
      throw new ImporterError('import_failed', message, { attachmentId, cause });
    }
  }

  async resize(attachmentId: string, access: ExportAccess): Promise<ImportedDisk> {
    const { disk } = this.#place(attachmentId);
    const daemon = this.#daemon(attachmentId);
    const sizeBytes = (await daemon.offers()) ? (await stat(disk)).size : undefined;
    const size = checkCanGrow({ attachmentId, disk, sizeBytes }, access.sizeBytes);
    if (size < access.sizeBytes) {
      const { runner, resizeTimeoutMs: timeoutMs } = this.#options;
      const { qmpSocket } = daemon.paths;
      await growDisk({ attachmentId, disk, qmpSocket, sizeBytes: access.sizeBytes }, { runner, timeoutMs });
    }
    return await this.#verified(attachmentId, access);
  }

  async unimport(attachmentId: string): Promise<void> {
    const { disk, directory } = this.#place(attachmentId);
    const daemon = this.#daemon(attachmentId);
    const process = await daemon.end();
    const left = process === undefined ? [] : [process];
    await unmount(disk, this.#options.runner);
    if (await isMountPoint(disk)) left.push(`mount ${disk}`);
    if (left.length > 0) {
      const message = `The import of attachment ${attachmentId} can't be removed: ${left.join(' and ')} still there after all bounded attempts; see dmesg for a hanging FUSE or network device`;
      throw new ImporterError('still_there', message, { attachmentId });
    }
    await rm(directory, { recursive: true, force: true });
    await daemon.removeFiles();
  }

  watch(onLoss: (attachmentId: string) => void): () => void {
    return this.#watch.start(onLoss);
  }

  async list(): Promise<readonly string[]> {
    const { imports, runtime } = this.#directories();
    return await namesIn([imports, runtime]);
  }

  #directories(): ImportDirectories {
    return { imports: this.#options.importsDirectory, runtime: this.#options.runtimeDirectory };
  }

  #place(attachmentId: string): { readonly directory: string; readonly disk: string } {
    const directory = directoryOf(this.#options.importsDirectory, attachmentId);
    return { directory, disk: join(directory, 'disk') };
  }

  #daemon(attachmentId: string): StorageDaemon {
    const paths = daemonPaths(directoryOf(this.#options.runtimeDirectory, attachmentId));
    const outlet = { kind: 'fuse', mountPoint: this.#place(attachmentId).disk } as const;
    return new StorageDaemon(attachmentId, paths, outlet, { ...this.#options, watch: this.#watch });
  }

  /** The disk of an import that runs. An export that has grown is no reason to take it away. */
  async #kept(attachmentId: string, access: ExportAccess): Promise<ImportedDisk> {
    const { disk } = this.#place(attachmentId);
    const { size } = await stat(disk);
    if (size >= access.sizeBytes) return await this.#verified(attachmentId, access);
    return await growIfPossible(() => this.resize(attachmentId, access), {
      ...this.place(attachmentId),
      sizeBytes: size,
    });
  }

  async #verified(attachmentId: string, access: ExportAccess): Promise<ImportedDisk> {
    const { disk } = this.#place(attachmentId);
    const { size } = await stat(disk);
    checkSize(attachmentId, access, size);
    return { ...this.place(attachmentId), sizeBytes: size };
  }
}
