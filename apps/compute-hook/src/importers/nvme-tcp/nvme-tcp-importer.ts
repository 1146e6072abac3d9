import type { ExportAccess, NvmeTcpAccess } from '@iorcl/api';
import { rescanController } from '@iorcl/iohyp-driver';
import {
  type DiskPlace,
  type ImportedDisk,
  type Importer,
  ImporterError,
  type ImportRequest,
  type NetworkLink,
  type Possibility,
} from '../contract.ts';
import { growIfPossible } from '../growth.ts';
import { makeImportDirectories, namesIn } from '../import-directories.ts';
import { connect } from './connect.ts';
import { ConnectionFile } from './connection-file.ts';
import { connectionsOf, endConnections, leadsTo, sizeOfDisk, untilDisk } from './kernel-connection.ts';
import {
  connectionTo,
  describeConnection,
  type NvmeConnection,
  nvmeTcpAccess,
  placeOf,
  sameConnection,
} from './nvme-connection.ts';
import { whyNoNvmeTcp } from './why-no-nvme-tcp.ts';

export interface NvmeTcpImporterOptions {
  readonly importsDirectory: string;
  /** Which connection is whose; may vanish at a reboot. */
  readonly runtimeDirectory: string;
  /** How long requests wait for an export that is away before they fail, in seconds. Default 300. */
  readonly reconnectDelaySeconds?: number;
  /** How long the kernel may take to connect, and then to show the disk, in milliseconds each. Default 20 000. */
  readonly startTimeoutMs?: number;
  /** How long the kernel may take to end a connection, in milliseconds. Default 10 000. */
  readonly stopTimeoutMs?: number;
  /** How long a new size may take to show, in milliseconds. Default 10 000. */
  readonly resizeTimeoutMs?: number;
}

/**
 * Imports by the kernel's NVMe/TCP client, and answers Nova's own volume type `nvmeof`: a stock os-brick finds the connection
 * that is there, and the disk by its UUID. The key is the hook's affair; os-brick knows none. The kernel reconnects by itself.
 */
export class NvmeTcpImporter implements Importer {
  readonly name = 'nvme-tcp';
  readonly transports = ['nvme-tcp'] as const;
  readonly networkEnd = 'initial-namespace';
  readonly #options: Required<NvmeTcpImporterOptions>;

  constructor(options: NvmeTcpImporterOptions) {
    this.#options = {
      reconnectDelaySeconds: 300,
      startTimeoutMs: 20_000,
      stopTimeoutMs: 10_000,
      resizeTimeoutMs: 10_000,
      ...options,
    };
  }

  async probe(): Promise<Possibility> {
    const why = await whyNoNvmeTcp();
    return why === undefined ? { possible: true } : { possible: false, why };
  }

  async prepare(): Promise<void> {
    const { importsDirectory: imports, runtimeDirectory: runtime } = this.#options;
    await makeImportDirectories({ imports, runtime });
  }

  place(attachmentId: string, access: ExportAccess, link: NetworkLink): DiskPlace {
    return placeOf(connectionTo(nvmeTcpAccess(access, attachmentId), link));
  }

  async import(request: ImportRequest): Promise<ImportedDisk> {
    const { attachmentId } = request;
    const access = nvmeTcpAccess(request.access, attachmentId);
    const connection = connectionTo(access, request);
    const file = this.#file(attachmentId);
    const before = await file.read();
    // Of an earlier import of something else, or by another link.
    if (before !== undefined && !sameConnection(before, connection)) await this.unimport(attachmentId);
    await file.write(connection);
    await this.#end(attachmentId, connection, (controller) => !leadsTo(controller, connection));
    const standing = await connectionsOf(connection);
    // One that is there stays: a guest may be waiting for it to come back.
    if (standing.length > 0) return await this.#kept(attachmentId, access, connection);
    try {
      const { startTimeoutMs: timeoutMs, reconnectDelaySeconds: failAfterSeconds } = this.#options;
      await connect(attachmentId, connection, { dhChapSecret: access.dhChapSecret, failAfterSeconds, timeoutMs });
      const sizeBytes = await this.#shown(attachmentId, connection);
      checkAnnounced(attachmentId, connection, access, sizeBytes);
      return { ...placeOf(connection), sizeBytes };
    } catch (error) {
      await this.unimport(attachmentId);
      throw error;
    }
  }

  async resize(attachmentId: string, grown: ExportAccess): Promise<ImportedDisk> {
    const { sizeBytes } = nvmeTcpAccess(grown, attachmentId);
    const refuse = (why: string): ImporterError => {
      const message = `The disk of attachment ${attachmentId} can't grow now: ${why}`;
      return new ImporterError('cannot_resize', message, { attachmentId });
    };
    const connection = await this.#file(attachmentId).read();
    const size = connection === undefined ? undefined : await sizeOfDisk(connection);
    if (connection === undefined || size === undefined) {
      throw refuse('it is not imported; it has its new size when it is imported again');
    }
    if (size > sizeBytes)
      throw refuse(`it has ${size} bytes, and a disk in use is never made smaller: not ${sizeBytes}`);
    // The I/O host tells of a new size by itself, unless the telling was lost with a connection: then the kernel asks.
    if (size < sizeBytes) {
      await this.#rescan(connection);
      const now = await untilDisk(connection, (bytes) => bytes >= sizeBytes, this.#options.resizeTimeoutMs);
      if (now === undefined)
        throw refuse(`${describeConnection(connection)} still shows ${size} bytes, not ${sizeBytes}`);
    }
    return { ...placeOf(connection), sizeBytes };
  }

  async unimport(attachmentId: string): Promise<void> {
    const file = this.#file(attachmentId);
    const connection = await file.read();
    if (connection === undefined) return;
    await this.#end(attachmentId, connection, () => true);
    await file.remove();
  }

  async list(): Promise<readonly string[]> {
    const names = await namesIn([this.#options.runtimeDirectory]);
    const ids = names.filter((name) => /^[0-9a-f-]{36}$/.test(name));
    const having = await Promise.all(ids.map(async (id) => ((await this.#file(id).read()) === undefined ? [] : [id])));
    return having.flat();
  }

  async #kept(attachmentId: string, access: NvmeTcpAccess, connection: NvmeConnection): Promise<ImportedDisk> {
    if ((await sizeOfDisk(connection)) === undefined) await this.#rescan(connection);
    const sizeBytes = await this.#shown(attachmentId, connection);
    // An export that has grown is no reason to take the disk away.
    if (sizeBytes < access.sizeBytes) {
      return await growIfPossible(() => this.resize(attachmentId, access), { ...placeOf(connection), sizeBytes });
    }
    checkAnnounced(attachmentId, connection, access, sizeBytes);
    return { ...placeOf(connection), sizeBytes };
  }

  async #shown(attachmentId: string, connection: NvmeConnection): Promise<number> {
    const { startTimeoutMs } = this.#options;
    const size = await untilDisk(connection, () => true, startTimeoutMs);
    if (size !== undefined) return size;
    const message = `${describeConnection(connection)} shows no namespace ${connection.namespaceUuid} within ${startTimeoutMs} ms`;
    throw new ImporterError('not_answering', message, { attachmentId });
  }

  async #rescan(connection: NvmeConnection): Promise<void> {
    for (const controller of await connectionsOf(connection)) await rescanController(controller);
  }

  async #end(
    attachmentId: string,
    connection: NvmeConnection,
    which: Parameters<typeof endConnections>[1],
  ): Promise<void> {
    const { stopTimeoutMs } = this.#options;
    const [left] = await endConnections(connection, which, stopTimeoutMs);
    if (left === undefined) return;
    const message = `The import of attachment ${attachmentId} can't be removed: the kernel still has ${left.name}, its connection to ${describeConnection(connection)}, after ${stopTimeoutMs} ms; is the disk in use? See dmesg`;
    throw new ImporterError('still_there', message, { attachmentId });
  }

  #file(attachmentId: string): ConnectionFile {
    return new ConnectionFile(this.#options.runtimeDirectory, attachmentId);
  }
}

/** A disk of another size may be another volume. */
function checkAnnounced(
  attachmentId: string,
  connection: NvmeConnection,
  access: NvmeTcpAccess,
  sizeBytes: number,
): void {
  if (sizeBytes === access.sizeBytes) return;
  const message = `the disk has ${sizeBytes} bytes, but ${describeConnection(connection)} was announced with ${access.sizeBytes}`;
  throw new ImporterError('size_differs', message, { attachmentId });
}
