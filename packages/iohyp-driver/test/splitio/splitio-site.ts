import { mkdir, mkdtemp, open, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  type ExportRequest,
  type GuestPort,
  type IoHypervisorDriver,
  SplitioDriver,
  type SplitioDriverOptions,
} from '../../src/index.ts';
import {
  type ConformanceAccess,
  type ConformanceClient,
  type ConformanceSite,
  type ConformanceVolume,
  loopbackListener,
} from '../../src/testing/index.ts';
import { SimulatedGuest } from './simulated-guest.ts';
import { StandIn } from './stand-in.ts';

export const guest: GuestPort = {
  interfaceName: 'io-veth100',
  macAddress: 'fa:16:3e:00:00:01',
  ipAddress: '192.0.2.10',
};

/** A place for one test: a stand-in of the original I/O hypervisor, and a directory with volume files. */
export class SplitioSite implements ConformanceSite {
  readonly driver: IoHypervisorDriver;
  readonly standIn: StandIn;
  readonly directory: string;
  readonly runtimeDirectory: string;
  readonly volumesDirectory: string;
  readonly #options: SplitioDriverOptions;
  #volumes = 0;

  private constructor(directory: string, options: Partial<SplitioDriverOptions>) {
    this.directory = directory;
    this.standIn = new StandIn(directory);
    this.runtimeDirectory = join(directory, 'run');
    this.volumesDirectory = join(directory, 'volumes');
    this.#options = {
      allowInsecure: true,
      sudo: [],
      createScript: this.standIn.createScript,
      removeScript: this.standIn.removeScript,
      sysfsDirectory: this.standIn.sysfsDirectory,
      allowedDirectories: [this.volumesDirectory],
      runtimeDirectory: this.runtimeDirectory,
      quietMs: 50,
      quietTimeoutMs: 300,
      settleTimeoutMs: 3_000,
      ...options,
    };
    this.driver = this.anotherDriver();
  }

  static async create(options: Partial<SplitioDriverOptions> = {}): Promise<SplitioSite> {
    const site = new SplitioSite(await mkdtemp(join(tmpdir(), 'iorcl-splitio-')), options);
    await mkdir(site.volumesDirectory);
    await site.standIn.install();
    return site;
  }

  /** Says on each export which guest it is for, as a control plane in guest mode would. */
  anotherDriver(): IoHypervisorDriver {
    const driver = new SplitioDriver(this.#options);
    const exportToGuest = driver.export.bind(driver);
    return Object.assign(driver, {
      export: (request: ExportRequest, options?: Parameters<typeof exportToGuest>[1]) =>
        exportToGuest({ guest, ...request }, options),
    });
  }

  async newVolume(sizeBytes: number): Promise<ConformanceVolume & { readonly path: string }> {
    this.#volumes += 1;
    return this.newVolumeNamed(`volume-${this.#volumes}`, sizeBytes);
  }

  async newVolumeNamed(name: string, sizeBytes: number): Promise<ConformanceVolume & { readonly path: string }> {
    const path = join(this.volumesDirectory, name);
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
    };
  }

  newListener = loopbackListener;

  client({ exportName }: ConformanceAccess): ConformanceClient {
    return new SimulatedGuest(this.standIn, exportName);
  }

  async killDataPlane(instanceId: string): Promise<void> {
    const state = await this.driver.inspect(instanceId);
    for (const { exportName } of state?.volumes ?? []) {
      for (const bdev of await this.standIn.bdevs()) {
        if ((await this.standIn.attribute(bdev, 'Guest_Device_Name')) === exportName) {
          await this.standIn.lose(await this.standIn.attribute(bdev, 'Backend_Device_Path'));
        }
      }
    }
  }

  async leftovers(): Promise<readonly string[]> {
    const files = await readdir(this.runtimeDirectory, { recursive: true }).catch(() => []);
    return [...(await this.standIn.bdevs()), ...files.map((file) => `file ${file}`)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
