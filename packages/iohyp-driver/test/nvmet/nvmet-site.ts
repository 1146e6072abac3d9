import { randomUUID } from 'node:crypto';
import { mkdtemp, open, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Configfs } from '../../src/drivers/nvmet/configfs.ts';
import { Instance } from '../../src/drivers/nvmet/instance.ts';
import { plaintextName } from '../../src/drivers/nvmet/volume-record.ts';
import {
  dhChapSecret,
  type Listener,
  LocalCommandRunner,
  NvmetDriver,
  type NvmetDriverOptions,
  nvmetNames,
} from '../../src/index.ts';
import {
  type ConformanceAccess,
  type ConformanceClient,
  type ConformanceEncryptedVolume,
  type ConformanceSite,
  type ConformanceVolume,
  loopbackListener,
} from '../../src/testing/index.ts';
import { attachLoop } from '../backends/loop-device.ts';
import { formatLuks, writeKey } from '../luks/luks-volume.ts';
import { NvmeClient } from './nvme-client.ts';
import { hasAuthentication } from './nvmet-kernel.ts';

const configfs = new Configfs('/sys/kernel/config/nvmet');
const commands = new LocalCommandRunner();

/** A place for one test: names of its own in the kernel's NVMe target, and a directory with volume files. */
export class NvmetSite implements ConformanceSite {
  readonly driver: NvmetDriver;
  readonly options: NvmetDriverOptions;
  readonly directory: string;
  readonly nqnPrefix: string = `nqn.2026-01.org.iorcl.test-${randomUUID().slice(0, 8)}`;
  readonly names: ReturnType<typeof nvmetNames> = nvmetNames(this.nqnPrefix);
  readonly #loops: AsyncDisposable[] = [];
  #volumes = 0;

  private constructor(directory: string, options: NvmetDriverOptions) {
    this.directory = directory;
    this.options = {
      runtimeDirectory: join(directory, 'run'),
      nqnPrefix: this.nqnPrefix,
      authentication: hasAuthentication(),
      backends: { file: { allowedDirectories: [directory] }, local: { allowedPrefixes: ['/dev/loop'] } },
      ...options,
    };
    this.driver = this.anotherDriver();
  }

  static async create(options: NvmetDriverOptions = {}): Promise<NvmetSite> {
    // Not in the usual place: the kernel lab's is an overlay, and files of one look empty to the kernel's NVMe target.
    return new NvmetSite(await mkdtemp('/dev/shm/iorcl-nvmet-'), options);
  }

  anotherDriver(): NvmetDriver {
    return new NvmetDriver(this.options);
  }

  async newVolume(sizeBytes: number): Promise<ConformanceVolume & { readonly path: string }> {
    this.#volumes += 1;
    const path = join(this.directory, `volume-${this.#volumes}`);
    await writeFile(path, '');
    await truncate(path, sizeBytes);
    return {
      path,
      sizeBytes,
      id: basename(path),
      connectionInfo: { driver_volume_type: 'gpfs', device_path: path, access_mode: 'rw', encrypted: false },
      read: async (offset, length) => {
        const file = await open(path, 'r');
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
        await file.close();
        return buffer.subarray(0, bytesRead);
      },
      grow: (bytes) => truncate(path, bytes),
    };
  }

  /** A block device. */
  async newCountedVolume(sizeBytes: number): Promise<ConformanceVolume> {
    const volume = await this.newVolume(sizeBytes);
    const loop = await attachLoop(volume.path);
    this.#loops.push(loop);
    return { ...volume, connectionInfo: { driver_volume_type: 'local', device_path: loop.device } };
  }

  newEncryptedVolume(): Promise<ConformanceEncryptedVolume> {
    return this.newLuksVolume('luks2');
  }

  async newLuksVolume(type: 'luks1' | 'luks2'): Promise<ConformanceEncryptedVolume & { readonly path: string }> {
    const volume = await this.newVolume(8 * 1024 * 1024);
    const key = await writeKey(join(this.directory, 'key'), Buffer.from('a passphrase\nof two lines'));
    const wrongKey = await writeKey(join(this.directory, 'wrong-key'), Buffer.from('a passphrase'));
    await formatLuks(volume.path, type, key.file);
    return { ...volume, connectionInfo: { ...volume.connectionInfo, encrypted: true }, key, wrongKey };
  }

  async newListener(): Promise<Listener> {
    return { ...(await loopbackListener()), runInside: (action) => action() };
  }

  client({ listener, exportName, credentials }: ConformanceAccess): ConformanceClient {
    return this.clientOf(listener, exportName, credentials);
  }

  clientOf(listener: Listener, exportName: string, credentials: ConformanceAccess['credentials']): NvmeClient {
    let key = { instanceId: 'unknown', attachmentId: 'unknown' };
    const find = async (): Promise<string | undefined> => {
      for (const instanceId of await this.driver.list()) {
        const state = await this.driver.inspect(instanceId);
        if (state?.port === listener.port) {
          const attachmentId = state.volumes.find((volume) => volume.exportName === exportName)?.attachmentId;
          if (attachmentId !== undefined) key = { instanceId, attachmentId };
          return attachmentId;
        }
      }
      return undefined;
    };
    const { names } = this;
    const access = {
      address: listener.address,
      port: listener.port,
      secret: credentials && hasAuthentication() ? dhChapSecret(credentials.secretHex) : undefined,
      get subsystemNqn(): string {
        return names.volume(key);
      },
      get hostNqn(): string {
        return names.client(key.instanceId, credentials?.identity ?? 'nobody');
      },
      uuid: find,
    };
    return new NvmeClient(access);
  }

  async killDataPlane(instanceId: string): Promise<void> {
    await new Instance(configfs, this.names, instanceId).remove();
  }

  async leftovers(): Promise<readonly string[]> {
    const ours = (names: readonly string[]): readonly string[] =>
      names.filter((name) => name.startsWith(this.nqnPrefix));
    const files = await readdir(join(this.directory, 'run'), { recursive: true }).catch(() => []);
    const mappings = (await readdir('/dev/mapper').catch(() => [])).filter((name) => name.startsWith('iorcl-nvmet-'));
    const ports = await configfs.list('ports');
    return [
      ...ours(await configfs.list('subsystems')),
      ...ours(await configfs.list('hosts')),
      ...ports,
      ...mappings,
      ...files,
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const nqn of await configfs.list('subsystems')) {
      const instanceId = this.names.instanceOf(nqn);
      if (instanceId !== undefined) {
        await commands.run({ program: 'nvme', args: ['disconnect', '-n', nqn] }).catch(() => {});
        await new Instance(configfs, this.names, instanceId).remove();
      }
    }
    for (const file of await readdir(join(this.directory, 'run'), { recursive: true }).catch(() => [])) {
      if (file.endsWith('.json')) {
        const name = plaintextName({ attachmentId: basename(file, '.json') });
        await commands.run({ program: 'cryptsetup', args: ['close', name] }, { okExitCodes: [0, 4] });
      }
    }
    for (const loop of this.#loops.splice(0)) {
      await loop[Symbol.asyncDispose]();
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}
