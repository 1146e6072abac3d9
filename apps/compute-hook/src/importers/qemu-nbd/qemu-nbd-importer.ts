import { chmod, mkdir, rm } from 'node:fs/promises';
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
import { directoryOf, makeImportDirectories, namesIn, whyNoSockets } from '../import-directories.ts';
import { type NbdAccess, nbdAccess } from '../nbd-access.ts';
import { daemonPaths } from '../storage-daemon/daemon-paths.ts';
import { DaemonWatch } from '../storage-daemon/daemon-watch.ts';
import { NbdOutlet } from '../storage-daemon/nbd-outlet.ts';
import { EXPORT_ID } from '../storage-daemon/outlet.ts';
import { StorageDaemon, where, whyNoStorageDaemon } from '../storage-daemon/storage-daemon.ts';
import { ExportsBySize } from './exports-by-size.ts';
import { giveSocketTo, userNumber } from './socket-owner.ts';

export interface QemuNbdImporterOptions {
  /** Sockets appear here as `ATTACHMENT/nbd.sock`. */
  readonly importsDirectory: string;
  /** QMP sockets, keys and logs; may vanish at a reboot. */
  readonly runtimeDirectory: string;
  /** User as whom guests' QEMU runs, by name or number: nobody else but root may connect. Default `libvirt-qemu`. */
  readonly qemuUser?: string;
  /** How long requests wait for an export that is away before they fail, in seconds. Default 300. */
  readonly reconnectDelaySeconds?: number;
  /** How long the daemon may take until the disk is there, in milliseconds. Default 20 000. */
  readonly startTimeoutMs?: number;
  /** How long each way of ending the daemon may take, in milliseconds. Default 5 000. */
  readonly stopTimeoutMs?: number;
  /** How long each step of a resize may take, in milliseconds. Default 10 000. */
  readonly resizeTimeoutMs?: number;
  readonly program?: string;
  readonly runner?: CommandRunner;
}

/** How much is read of a new disk to see that it can be. */
const PROBE_BYTES = 512;

/**
 * Imports for QEMU's own NBD client: a storage daemon offers the disk on a unix socket. Nothing of it passes through the kernel's
 * block layer, but a stock nova-compute does not know such disks: it needs the compute driver module that comes with the hook.
 */
export class QemuNbdImporter implements Importer {
  readonly name = 'qemu-nbd';
  readonly transports = ['nbd'] as const;
  readonly networkEnd = 'tenant-namespace';
  readonly #options: Required<QemuNbdImporterOptions>;
  readonly #watch = new DaemonWatch();

  constructor(options: QemuNbdImporterOptions) {
    this.#options = {
      qemuUser: 'libvirt-qemu',
      reconnectDelaySeconds: 300,
      startTimeoutMs: 20_000,
      stopTimeoutMs: 5_000,
      resizeTimeoutMs: 10_000,
      program: 'qemu-storage-daemon',
      runner: new LocalCommandRunner(),
      ...options,
    };
  }

  async probe(): Promise<Possibility> {
    const { program, importsDirectory, runtimeDirectory, runner, qemuUser } = this.#options;
    const why =
      (await whyNoStorageDaemon(program, runtimeDirectory, runner)) ??
      whyNoSockets('imports_directory', importsDirectory) ??
      ((await userNumber(qemuUser, runner)) === undefined
        ? `there is no user ${qemuUser}; qemu_user names the one as whom guests' QEMU runs`
        : undefined);
    return why === undefined ? { possible: true } : { possible: false, why };
  }

  async prepare(): Promise<void> {
    const { importsDirectory: imports, runtimeDirectory: runtime } = this.#options;
    await makeImportDirectories({ imports, runtime });
  }

  place(attachmentId: string): DiskPlace {
    return { kind: 'nbd-socket', path: this.#scene(attachmentId).socket, exportName: EXPORT_ID };
  }

  async import(request: ImportRequest): Promise<ImportedDisk> {
    const { attachmentId } = request;
    const access = nbdAccess(request.access, attachmentId);
    const { directory, socket, daemon, outlet } = this.#scene(attachmentId);
    if (await daemon.imports(request)) return await this.#kept(attachmentId, access);
    // Whatever else is there is the rest of an import that ended, or of one of another export.
    await this.unimport(attachmentId);
    try {
      // Root's alone, until it is known whose the socket is.
      await mkdir(directory, { mode: 0o700 });
      await daemon.start(request);
      using session = await outlet.openSession();
      checkSize(attachmentId, access, session.export.sizeBytes);
      await session.read(0, PROBE_BYTES);
      await giveSocketTo(socket, await this.#qemuUser());
      await chmod(directory, 0o711);
      return { ...this.place(attachmentId), sizeBytes: session.export.sizeBytes };
    } catch (cause) {
      await this.unimport(attachmentId);
      if (cause instanceof ImporterError) throw cause;
      const message = `Importing ${where(access)} failed: ${describeError(cause)}`;
      throw new ImporterError('import_failed', message, { attachmentId, cause });
    }
  }

  /** QEMU that has the disk open moves over to its new size when Nova's driver tells it to: see {@link ExportsBySize}. */
  async resize(attachmentId: string, grown: ExportAccess): Promise<ImportedDisk> {
    const access = nbdAccess(grown, attachmentId);
    const { socket, daemon, exports } = this.#scene(attachmentId);
    const sizeBytes = (await daemon.offers()) ? ((await exports.newestBytes()) ?? 0) : undefined;
    const size = checkCanGrow({ attachmentId, disk: socket, sizeBytes }, access.sizeBytes);
    if (size < access.sizeBytes) await exports.offer(access);
    return await this.#settled(attachmentId, access);
  }

  async unimport(attachmentId: string): Promise<void> {
    const { directory, daemon } = this.#scene(attachmentId);
    const left = await daemon.end();
    if (left !== undefined) {
      const message = `The import of attachment ${attachmentId} can't be removed: ${left} still there after all bounded attempts; see dmesg for a hanging network device`;
      throw new ImporterError('still_there', message, { attachmentId });
    }
    await rm(directory, { recursive: true, force: true });
    await daemon.removeFiles();
  }

  watch(onLoss: (attachmentId: string) => void): () => void {
    return this.#watch.start(onLoss);
  }

  async list(): Promise<readonly string[]> {
    return await namesIn([this.#options.importsDirectory, this.#options.runtimeDirectory]);
  }

  #scene(attachmentId: string): {
    readonly directory: string;
    readonly socket: string;
    readonly daemon: StorageDaemon;
    readonly outlet: NbdOutlet;
    readonly exports: ExportsBySize;
  } {
    const directory = directoryOf(this.#options.importsDirectory, attachmentId);
    const paths = daemonPaths(directoryOf(this.#options.runtimeDirectory, attachmentId));
    const socket = join(directory, 'nbd.sock');
    const daemon = new StorageDaemon(
      attachmentId,
      paths,
      { kind: 'nbd', socket },
      { ...this.#options, watch: this.#watch },
    );
    return {
      directory,
      socket,
      daemon,
      outlet: new NbdOutlet(attachmentId, paths, socket),
      exports: new ExportsBySize(attachmentId, paths, socket, this.#options.resizeTimeoutMs),
    };
  }

  async #qemuUser(): Promise<number> {
    const { qemuUser, runner } = this.#options;
    const user = await userNumber(qemuUser, runner);
    if (user === undefined) throw new Error(`there is no user ${qemuUser}`);
    return user;
  }

  /** The disk of an import that runs. An export that has grown is no reason to take it away. */
  async #kept(attachmentId: string, access: NbdAccess): Promise<ImportedDisk> {
    const { socket, directory, exports } = this.#scene(attachmentId);
    // The hook may have ended before it did that.
    await giveSocketTo(socket, await this.#qemuUser());
    await chmod(directory, 0o711);
    const sizeBytes = (await exports.newestBytes()) ?? 0;
    if (sizeBytes >= access.sizeBytes) return await this.#settled(attachmentId, access);
    return await growIfPossible(
      async () => {
        await exports.offer(access);
        return await this.#settled(attachmentId, access);
      },
      { ...this.place(attachmentId), sizeBytes },
    );
  }

  async #settled(attachmentId: string, access: NbdAccess): Promise<ImportedDisk> {
    const { exports } = this.#scene(attachmentId);
    const unsettled = await exports.settle(access.readOnly);
    const sizeBytes = (await exports.newestBytes()) ?? 0;
    checkSize(attachmentId, access, sizeBytes);
    const disk = { ...this.place(attachmentId), sizeBytes };
    return unsettled === undefined ? disk : { ...disk, unsettled };
  }
}
