import { randomUUID } from 'node:crypto';
import { mkdtemp, open, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  findProcesses,
  type ProcessFacts,
  QsdDriver,
  type QsdDriverOptions,
  signalProcess,
  waitUntilGone,
} from '../../src/index.ts';
import {
  type ConformanceAccess,
  type ConformanceEncryptedVolume,
  type ConformanceSite,
  type ConformanceVolume,
  loopbackListener,
} from '../../src/testing/index.ts';
import { attachLoop } from '../backends/loop-device.ts';
import { formatLuks } from '../luks/luks-volume.ts';
import { NbdClient } from './nbd-client.ts';

/** A place for one test: a runtime directory, a directory with volume files, and real qemu-storage-daemons. */
export class QsdSite implements ConformanceSite {
  readonly driver: QsdDriver;
  readonly directory: string;
  readonly runtimeDirectory: string;
  readonly volumesDirectory: string;
  readonly #options: QsdDriverOptions;
  readonly #loops: AsyncDisposable[] = [];
  #volumes = 0;

  private constructor(directory: string, options: QsdDriverOptions) {
    this.directory = directory;
    this.runtimeDirectory = join(directory, 'run');
    this.volumesDirectory = directory;
    this.#options = {
      runtimeDirectory: this.runtimeDirectory,
      backends: { file: { allowedDirectories: [directory] }, local: { allowedPrefixes: ['/dev/loop'] } },
      cacheDirectory: join(directory, 'cache'),
      auditDirectory: join(directory, 'audit'),
      ...options,
    };
    this.driver = this.anotherDriver();
  }

  static async create(options: QsdDriverOptions = {}, parent: string = tmpdir()): Promise<QsdSite> {
    return new QsdSite(await mkdtemp(join(parent, 'iorcl-qsd-')), options);
  }

  anotherDriver(): QsdDriver {
    return new QsdDriver(this.#options);
  }

  async newVolume(sizeBytes: number): Promise<ConformanceVolume & { readonly path: string }> {
    this.#volumes += 1;
    const path = join(this.volumesDirectory, `volume-${this.#volumes}`);
    await writeFile(path, '');
    await truncate(path, sizeBytes);
    return {
      path,
      sizeBytes,
      id: basename(path),
      connectionInfo: { driver_volume_type: 'gpfs', device_path: path, access_mode: 'rw', encrypted: false },
      read: (offset, length) => readBytes(path, offset, length),
      grow: (grownBytes) => truncate(path, grownBytes),
    };
  }

  async newEncryptedVolume(): Promise<ConformanceEncryptedVolume & { readonly path: string }> {
    const volume = await this.newVolume(6 * 1024 * 1024);
    const [file, wrongFile] = [`${volume.path}.key`, `${volume.path}.wrong-key`];
    await writeFile(file, randomUUID());
    await writeFile(wrongFile, randomUUID());
    await formatLuks(volume.path, 'luks1', file);
    const connectionInfo = { ...volume.connectionInfo, encrypted: true };
    return { ...volume, connectionInfo, key: { file }, wrongKey: { file: wrongFile } };
  }

  /** A block device. */
  async newCountedVolume(sizeBytes: number): Promise<ConformanceVolume> {
    const volume = await this.newVolume(sizeBytes);
    const loop = await attachLoop(volume.path);
    this.#loops.push(loop);
    return { ...volume, connectionInfo: { driver_volume_type: 'local', device_path: loop.device } };
  }

  newListener = loopbackListener;

  client(access: ConformanceAccess): NbdClient {
    return new NbdClient(access);
  }

  daemons(): Promise<readonly ProcessFacts[]> {
    return findProcesses((args) => args.some((arg) => arg.includes(this.runtimeDirectory)));
  }

  async killDataPlane(instanceId: string): Promise<void> {
    for (const daemon of await this.daemons()) {
      if (daemon.args.some((arg) => arg.includes(join(this.runtimeDirectory, instanceId)))) {
        await signalProcess(daemon, 'SIGKILL');
        await waitUntilGone(daemon, AbortSignal.timeout(5_000));
      }
    }
  }

  async leftovers(): Promise<readonly string[]> {
    const processes = (await this.daemons()).map(({ pid, args }) => `process ${pid}: ${args.join(' ')}`);
    const files = await readdir(this.runtimeDirectory, { recursive: true }).catch(() => []);
    const caches = await readdir(join(this.directory, 'cache')).catch(() => []);
    return [...processes, ...[...files, ...caches].map((file) => `file ${file}`)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of await this.daemons()) {
      await signalProcess(daemon, 'SIGKILL');
      await waitUntilGone(daemon, AbortSignal.timeout(5_000));
    }
    for (const loop of this.#loops.splice(0)) {
      await loop[Symbol.asyncDispose]();
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function readBytes(path: string, offset: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
