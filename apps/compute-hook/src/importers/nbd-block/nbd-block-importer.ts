import { readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
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
import { directoryOf, makeImportDirectories, namesIn } from '../import-directories.ts';
import { nbdAccess } from '../nbd-access.ts';
import { type DaemonPaths, daemonPaths } from '../storage-daemon/daemon-paths.ts';
import { DaemonWatch } from '../storage-daemon/daemon-watch.ts';
import { NbdOutlet } from '../storage-daemon/nbd-outlet.ts';
import { StorageDaemon, where, whyNoStorageDaemon } from '../storage-daemon/storage-daemon.ts';
import { DeviceLinks } from './device-links.ts';
import { KernelDevice } from './kernel-device.ts';
import { attachmentMarked } from './mark.ts';
import { type NbdDevice, nbdDevices, nodeOf } from './nbd-devices.ts';
import { whyNoKernelNbd } from './why-no-kernel-nbd.ts';

export interface NbdBlockImporterOptions {
  readonly importsDirectory: string;
  /** Sockets, keys and logs; may vanish at a reboot. */
  readonly runtimeDirectory: string;
  /** Disks appear here as symbolic links by attachment. Default `/dev/iorcl`. */
  readonly deviceDirectory?: string;
  /** How long requests wait for an export that is away before they fail, in seconds. Default 300. */
  readonly reconnectDelaySeconds?: number;
  /** How long the daemon may take until the disk is there, in milliseconds. Default 20 000. */
  readonly startTimeoutMs?: number;
  /**
   * How long requests wait for the storage daemon to be started anew when it has died, in seconds. Default: as long as for an
   * export that is away, and at least 60.
   */
  readonly deadConnectionTimeoutSeconds?: number;
  /** How long each way of ending the daemon, and the kernel then, may take, in milliseconds. Default 5 000. */
  readonly stopTimeoutMs?: number;
  /** How long each step of a resize may take, in milliseconds. Default 10 000. */
  readonly resizeTimeoutMs?: number;
  readonly program?: string;
  readonly runner?: CommandRunner;
}

/** Even where an export that is away fails requests at once, a storage daemon that died is started anew first. */
const LEAST_DEAD_CONNECTION_SECONDS = 60;

/** How much is read of a new disk to see that it can be. */
const PROBE_BYTES = 512;

/**
 * Imports by the kernel's network block device: QEMU gets a block device. A storage daemon on this host stands between the kernel
 * and the I/O host, since the kernel knows no TLS for NBD, reconnects to nobody, and can't do so from a tenant's namespace.
 * When that daemon dies, it is started anew and the device gets another socket: guests see a pause.
 */
export class NbdBlockImporter implements Importer {
  readonly name = 'nbd-block';
  readonly transports = ['nbd'] as const;
  readonly networkEnd = 'tenant-namespace';
  readonly #options: Required<NbdBlockImporterOptions>;
  readonly #watch = new DaemonWatch();
  readonly #links: DeviceLinks;

  constructor(options: NbdBlockImporterOptions) {
    const { reconnectDelaySeconds = 300 } = options;
    this.#options = {
      deadConnectionTimeoutSeconds: Math.max(reconnectDelaySeconds, LEAST_DEAD_CONNECTION_SECONDS),
      deviceDirectory: '/dev/iorcl',
      reconnectDelaySeconds,
      startTimeoutMs: 20_000,
      stopTimeoutMs: 5_000,
      resizeTimeoutMs: 10_000,
      program: 'qemu-storage-daemon',
      runner: new LocalCommandRunner(),
      ...options,
    };
    this.#links = new DeviceLinks(this.#options.deviceDirectory);
  }

  async probe(): Promise<Possibility> {
    const { program, runtimeDirectory, runner } = this.#options;
    const why = (await whyNoKernelNbd()) ?? (await whyNoStorageDaemon(program, runtimeDirectory, runner));
    return why === undefined ? { possible: true } : { possible: false, why };
  }

  async prepare(): Promise<void> {
    const { importsDirectory: imports, runtimeDirectory: runtime } = this.#options;
    await makeImportDirectories({ imports, runtime });
    await this.#links.prepare();
  }

  place(attachmentId: string): DiskPlace {
    return { kind: 'block', path: this.#links.path(attachmentId) };
  }

  async import(request: ImportRequest): Promise<ImportedDisk> {
    const { attachmentId, access } = request;
    const daemon = this.#daemon(attachmentId);
    const runs = await daemon.imports(request);
    const device = await this.#device(attachmentId).find();
    if (device === undefined || device.readOnly !== access.readOnly) {
      // Whatever is there is the rest of an import that ended, or of one of another export.
      await this.unimport(attachmentId);
      return await this.#anew(request, daemon);
    }
    // Somebody may be waiting for the device: it is kept, whatever happens.
    if (!runs) await this.#startAgain(request, daemon, device);
    return await this.#kept(attachmentId, access, device);
  }

  async resize(attachmentId: string, access: ExportAccess): Promise<ImportedDisk> {
    const daemon = this.#daemon(attachmentId);
    const kernel = this.#device(attachmentId);
    const device = await kernel.find();
    const disk = this.place(attachmentId).path;
    const sizeBytes = (await daemon.offers()) ? device?.sizeBytes : undefined;
    const size = checkCanGrow({ attachmentId, disk, sizeBytes }, access.sizeBytes);
    if (device !== undefined && size < access.sizeBytes) await this.#grow(attachmentId, access, device);
    return await this.#verified(attachmentId, access);
  }

  async unimport(attachmentId: string): Promise<void> {
    await this.#links.remove(attachmentId);
    const daemon = this.#daemon(attachmentId);
    // Whoever the kernel sends to is gone first: it waits for its senders before it lets a device go.
    const left = (await daemon.end()) ?? (await this.#device(attachmentId).release());
    if (left !== undefined) {
      const message = `The import of attachment ${attachmentId} can't be removed: ${left} still there after all bounded attempts`;
      throw new ImporterError('still_there', message, { attachmentId });
    }
    await daemon.removeFiles();
  }

  watch(onLoss: (attachmentId: string) => void): () => void {
    return this.#watch.start(onLoss);
  }

  async list(): Promise<readonly string[]> {
    const directories = [...(await namesIn([this.#options.runtimeDirectory])), ...(await this.#links.list())];
    const marked = (await nbdDevices()).map(({ backend }) => attachmentMarked(backend));
    return [...new Set([...directories, ...marked.filter((id) => id !== undefined)])].sort();
  }

  #daemon(attachmentId: string): StorageDaemon {
    const { paths, socket } = this.#runtime(attachmentId);
    return new StorageDaemon(attachmentId, paths, { kind: 'nbd', socket }, { ...this.#options, watch: this.#watch });
  }

  #outlet(attachmentId: string): NbdOutlet {
    const { paths, socket } = this.#runtime(attachmentId);
    return new NbdOutlet(attachmentId, paths, socket);
  }

  #runtime(attachmentId: string): { readonly paths: DaemonPaths; readonly socket: string } {
    const paths = daemonPaths(directoryOf(this.#options.runtimeDirectory, attachmentId));
    return { paths, socket: join(paths.directory, 'nbd.sock') };
  }

  #device(attachmentId: string): KernelDevice {
    const { deadConnectionTimeoutSeconds, stopTimeoutMs: releaseTimeoutMs } = this.#options;
    return new KernelDevice(attachmentId, { deadConnectionTimeoutSeconds, releaseTimeoutMs });
  }

  async #anew(request: ImportRequest, daemon: StorageDaemon): Promise<ImportedDisk> {
    const { attachmentId, access } = request;
    try {
      const why = await whyNoKernelNbd();
      if (why !== undefined) throw new ImporterError('not_possible_here', why, { attachmentId });
      await daemon.start(request);
      using session = await this.#outlet(attachmentId).openSession();
      checkSize(attachmentId, access, session.export.sizeBytes);
      await session.read(0, PROBE_BYTES);
      await this.#links.sweep();
      const { index } = await this.#device(attachmentId).connect(session);
      await this.#links.point(attachmentId, index);
      return await this.#verified(attachmentId, access);
    } catch (cause) {
      await this.unimport(attachmentId);
      if (cause instanceof ImporterError) throw cause;
      const message = `Importing ${where(nbdAccess(access, attachmentId))} failed: ${describeError(cause)}`;
      throw new ImporterError('import_failed', message, { attachmentId, cause });
    }
  }

  async #grow(attachmentId: string, access: ExportAccess, device: NbdDevice): Promise<void> {
    const { resizeTimeoutMs } = this.#options;
    try {
      await this.#outlet(attachmentId).grow(nbdAccess(access, attachmentId), resizeTimeoutMs);
    } catch (error) {
      // Its session may be broken now: it needs another, of whatever size.
      await this.#offerSocket(attachmentId, device);
      throw error;
    }
    await this.#reconnect(attachmentId, device);
  }

  /** The storage daemon of a device that is there: it has died, or imports something else. */
  async #startAgain(request: ImportRequest, daemon: StorageDaemon, device: NbdDevice): Promise<void> {
    const { attachmentId } = request;
    const left = await daemon.end();
    if (left !== undefined) {
      throw new ImporterError('still_there', `${left} of an earlier import is still there`, { attachmentId });
    }
    try {
      await daemon.start(request);
    } catch (error) {
      await daemon.end();
      throw error;
    }
    await this.#reconnect(attachmentId, device);
  }

  /** Gives the device a socket in the place of one that has died, and the size that the storage daemon tells. */
  async #reconnect(attachmentId: string, device: NbdDevice): Promise<void> {
    const deadline = Date.now() + this.#options.startTimeoutMs;
    while (!(await this.#offerSocket(attachmentId, device))) {
      // The kernel has not noticed yet that the old one has died.
      if (Date.now() < deadline) {
        await delay(20);
        continue;
      }
      const message = `nbd${device.index} did not take a new connection to its storage daemon`;
      throw new ImporterError('import_failed', message, { attachmentId });
    }
  }

  async #offerSocket(attachmentId: string, device: NbdDevice): Promise<boolean> {
    using session = await this.#outlet(attachmentId).openSession();
    const { sizeBytes } = session.export;
    if (sizeBytes >= device.sizeBytes) return await this.#device(attachmentId).reconnect(device, session);
    const message = `nbd${device.index} has ${device.sizeBytes} bytes, but its export has become smaller: ${sizeBytes}`;
    throw new ImporterError('size_differs', message, { attachmentId });
  }

  /** The disk of an import that is there. An export that has grown is no reason to take it away. */
  async #kept(attachmentId: string, access: ExportAccess, device: NbdDevice): Promise<ImportedDisk> {
    // Its socket may have died while its daemon lives: the kernel takes another only then.
    await this.#offerSocket(attachmentId, device);
    await this.#links.point(attachmentId, device.index);
    const { sizeBytes } = (await this.#device(attachmentId).find()) ?? device;
    if (sizeBytes >= access.sizeBytes) return await this.#verified(attachmentId, access);
    return await growIfPossible(() => this.resize(attachmentId, access), { ...this.place(attachmentId), sizeBytes });
  }

  /** What the kernel says of the device to which the link leads. */
  async #verified(attachmentId: string, access: ExportAccess): Promise<ImportedDisk> {
    const place = this.place(attachmentId);
    const device = await this.#device(attachmentId).find();
    const leadsTo = await readlink(place.path);
    if (device === undefined || leadsTo !== nodeOf(device.index) || !(await stat(place.path)).isBlockDevice()) {
      const message = `${place.path} leads to ${leadsTo}, which is not the block device of attachment ${attachmentId}`;
      throw new ImporterError('import_failed', message, { attachmentId });
    }
    checkSize(attachmentId, access, device.sizeBytes);
    return { ...place, sizeBytes: device.sizeBytes };
  }
}
