import { parseConnection } from '../../connection-info/connection.ts';
import {
  type AdoptRequest,
  type CallOptions,
  type DriverCapabilities,
  DriverError,
  type ExportRequest,
  type GrantRequest,
  type InstanceState,
  type InstanceStats,
  type InterposeRequest,
  type IoHypervisorDriver,
  type OpenRequest,
  type QosRequest,
  type ResizeRequest,
  type VolumeKey,
  type VolumeState,
} from '../../contract.ts';
import { BoundedVerbs } from '../bounded-verbs.ts';
import { RecordDirectory } from '../record-directory.ts';
import { checkExportName, checkGrant } from '../request-checks.ts';
import { SerialQueue } from '../serial-queue.ts';
import { checkInstanceId, checkKey } from '../volume-key.ts';
import { type Bdev, readBdevs } from './bdev.ts';
import { type ResolvedOptions, resolveOptions, type SplitioDriverOptions } from './options.ts';
import { checkScriptArguments, type ScriptArguments } from './script-arguments.ts';
import { createExport, findBdev, isQuiet, removeExport } from './scripts.ts';
import { type VolumeDevice, volumeDevice } from './volume-device.ts';
import { type SplitioRecord, splitioRecord } from './volume-record.ts';

/**
 * The original I/O hypervisor, vRIO: a kernel module on the I/O host, run by two scripts, and a front end in the guest.
 * Insecure by nature, and for labs: see {@link SplitioDriverOptions.allowInsecure}.
 *
 * The export itself names its one client, by MAC and IP address; there are no keys. So `grant` changes nothing, and the
 * state shows no grants. After `export` the guest may still need a moment before it shows the disk.
 */
export class SplitioDriver implements IoHypervisorDriver {
  readonly name = 'splitio';
  readonly capabilities: DriverCapabilities = {
    transport: 'vrio',
    backends: ['file', 'local'],
    interposers: [],
    secure: false,
    resize: 'none',
    recreates: false,
  };
  readonly #options: ResolvedOptions;
  readonly #verbs: BoundedVerbs;
  readonly #storages = new SerialQueue();
  readonly #records: RecordDirectory<SplitioRecord>;

  /** @throws {DriverError} `bad_request` without `allowInsecure` */
  constructor(options: SplitioDriverOptions) {
    this.#options = resolveOptions(options);
    this.#verbs = new BoundedVerbs(this.#options.verbTimeoutMs);
    this.#records = new RecordDirectory(this.#options.runtimeDirectory, splitioRecord);
  }

  open(request: OpenRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verb('open', request.key, options, async (signal) => {
      const connection = parseConnection(request.connectionInfo);
      if (request.willDecrypt === true) {
        throw new DriverError('not_supported', 'driver splitio has no interposers, so it can decrypt nothing');
      }
      const { runner, allowedDirectories } = this.#options;
      const device = await volumeDevice(runner, connection, allowedDirectories, signal);
      if ((request.readOnly || connection.readOnly) && (await this.#records.read(request.key)) === undefined) {
        throw new DriverError('not_supported', 'driver splitio exports every volume writable; use another driver');
      }
      checkExpected(request, device);
      return this.#storages.run(device.identity, signal, () => this.#open(request, device, signal));
    });
  }

  async #open(request: OpenRequest, device: VolumeDevice, signal: AbortSignal): Promise<VolumeState> {
    const { key, listener } = request;
    const { address, port } = listener;
    const same = (await this.#records.all()).filter((other) => other.identity === device.identity);
    const foreign = same.find(({ attachmentId }) => attachmentId !== key.attachmentId);
    if (foreign !== undefined) {
      const text = `${device.path} is already open for attachment ${foreign.attachmentId} of instance ${foreign.instanceId}`;
      throw new DriverError('conflict', `${text}, and two writers would destroy it`);
    }
    const bdevs = await this.#bdevs(signal);
    const mine = await this.#records.read(key);
    if (mine !== undefined) {
      if (request.readOnly || mine.identity !== device.identity || mine.address !== address || mine.port !== port) {
        throw new DriverError('conflict', `already open with ${mine.path} at ${mine.address}; close it first`);
      }
      return stateOf(mine, bdevs);
    }
    const siblings = await this.#records.ofInstance(key.instanceId);
    const other = siblings.find((sibling) => sibling.address !== address || sibling.port !== port);
    if (other !== undefined) {
      throw new DriverError('conflict', `the instance's exports are at ${other.address}; close its volumes first`);
    }
    if (findBdev(bdevs, device.path) !== undefined) {
      const text = `${device.path} is exported, but not by this driver; iohyp_remove_blk_device.sh -p ends that`;
      throw new DriverError('conflict', text);
    }
    const { backend, path, identity, sizeBytes } = device;
    const record = { ...key, backend, path, identity, sizeBytes, address, port };
    await this.#records.write(key, record);
    return stateOf(record, bdevs);
  }

  interpose(request: InterposeRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verb('interpose', request.key, options, async (signal) => {
      const record = await this.#require(request.key);
      if (request.interposers.length > 0) {
        throw new DriverError('not_supported', 'driver splitio has no interposers');
      }
      return stateOf(record, await this.#bdevs(signal));
    });
  }

  export(request: ExportRequest, options?: CallOptions): Promise<VolumeState> {
    const check = (): void => checkExportName(request.exportName);
    return this.#verb(
      'export',
      request.key,
      options,
      async (signal) => {
        const record = await this.#require(request.key);
        const { guest, exportName } = request;
        if (guest === undefined) {
          throw new DriverError('bad_request', 'guest is missing: driver splitio exports to one guest, by its port');
        }
        if (request.readOnly) {
          throw new DriverError('not_supported', 'driver splitio exports every volume writable; use another driver');
        }
        const args: ScriptArguments = { device: record.path, guestName: exportName, guest };
        checkScriptArguments(args);
        return this.#export(record, args, signal);
      },
      check,
    );
  }

  async #export(record: SplitioRecord, args: ScriptArguments, signal: AbortSignal): Promise<VolumeState> {
    const { interfaceName, macAddress, ipAddress } = args.guest;
    const wanted = { name: args.guestName, interfaceName, macAddress: macAddress.toLowerCase(), ipAddress };
    const bdevs = await this.#bdevs(signal);
    const siblings = await this.#records.ofInstance(record.instanceId);
    const taken = siblings.find(
      (other) => other.attachmentId !== record.attachmentId && other.export?.name === wanted.name,
    );
    if (taken !== undefined) {
      const text = `the instance's attachment ${taken.attachmentId} is already exported as "${wanted.name}"`;
      throw new DriverError('conflict', text);
    }
    const existing = findBdev(bdevs, record.path);
    if (existing !== undefined) {
      if (JSON.stringify(record.export) !== JSON.stringify(wanted) || mismatch(existing, args) !== undefined) {
        const text = `already exported as "${existing.guestName}" to ${existing.guestIpAddress}; unexport it first`;
        throw new DriverError('conflict', text);
      }
      return stateOf(record, bdevs);
    }
    const exporting = { ...record, export: wanted };
    await this.#records.write(record, exporting);
    try {
      const made = await createExport(this.#options, args, signal);
      const wrong = mismatch(made, args) ?? this.#wrongSize(made, record);
      if (wrong !== undefined) {
        throw new DriverError('data_plane_failed', `the kernel made another export than asked: ${wrong}; removed it`);
      }
    } catch (error) {
      await this.#undoExport(record, error);
      throw error;
    }
    return stateOf(exporting, await this.#bdevs(signal));
  }

  /** With a bound of its own: what failed may have run out of time. */
  async #undoExport(record: SplitioRecord, cause: unknown): Promise<void> {
    const signal = AbortSignal.timeout(this.#options.settleTimeoutMs);
    try {
      if (findBdev(await this.#bdevs(signal), record.path) !== undefined) {
        await removeExport(this.#options, record.path, signal);
      }
      const { export: _, ...rest } = record;
      await this.#records.write(record, rest);
    } catch (failure) {
      const texts = [cause, failure].map((error) => (error instanceof Error ? error.message : String(error)));
      const text = `failed (${texts[0]}), and can't be undone now (${texts[1]})`;
      throw new DriverError('data_plane_failed', text, { cause, retryable: true });
    }
  }

  grant(request: GrantRequest, options?: CallOptions): Promise<VolumeState> {
    const check = (): void => checkGrant(request);
    return this.#verb(
      'grant',
      request.key,
      options,
      async (signal) => stateOf(await this.#require(request.key), await this.#bdevs(signal)),
      check,
    );
  }

  async revoke(key: VolumeKey, _identity: string, options?: CallOptions): Promise<void> {
    await this.#verb('revoke', key, options, async () => undefined);
  }

  resize(request: ResizeRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verb('resize', request.key, options, async () => {
      throw new DriverError('not_supported', 'driver splitio can change no size while a volume is open');
    });
  }

  setQos(request: QosRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verb('set limits of', request.key, options, async () => {
      await this.#require(request.key);
      throw new DriverError('not_supported', 'driver splitio has no limits');
    });
  }

  /** The module doesn't tell who is connected: waits until the guest does nothing. */
  async drain(key: VolumeKey, options?: CallOptions): Promise<void> {
    await this.#verb('drain', key, options, async (signal) => {
      const record = await this.#records.read(key);
      if (record === undefined) {
        return;
      }
      while (!(await isQuiet(this.#options, record.path, signal))) {
        signal.throwIfAborted();
      }
      await this.#unexport(record, signal);
    });
  }

  async unexport(key: VolumeKey, options?: CallOptions): Promise<void> {
    await this.#verb('unexport', key, options, async (signal) => {
      const record = await this.#records.read(key);
      if (record !== undefined) {
        await this.#unexport(record, signal);
      }
    });
  }

  async #unexport(record: SplitioRecord, signal: AbortSignal): Promise<void> {
    if (findBdev(await this.#bdevs(signal), record.path) !== undefined) {
      const quiet = await isQuiet(this.#options, record.path, signal);
      if (!quiet && this.#options.whenBusy === 'refuse') {
        const text = `the guest still uses it after ${this.#options.quietTimeoutMs} ms, and the kernel module would free its backing under it`;
        throw new DriverError('conflict', `${text}; unmount it in the guest`, { retryable: true });
      }
      await removeExport(this.#options, record.path, signal);
    }
    const { export: _, ...rest } = record;
    await this.#records.write(record, rest);
  }

  async close(key: VolumeKey, options?: CallOptions): Promise<void> {
    await this.#verb('close', key, options, async (signal) => {
      const record = await this.#records.read(key);
      if (record !== undefined && findBdev(await this.#bdevs(signal), record.path) !== undefined) {
        throw new DriverError('conflict', 'still exported; unexport it first');
      }
      await this.#records.remove(key);
    });
  }

  inspect(instanceId: string, options?: CallOptions): Promise<InstanceState | undefined> {
    const check = (): void => checkInstanceId(instanceId);
    return this.#verbs.run({ doing: `inspect instance ${instanceId}`, instanceId }, check, options, async (signal) => {
      const records = await this.#records.ofInstance(instanceId);
      const [first] = records;
      if (first === undefined) {
        return undefined;
      }
      const bdevs = await this.#bdevs(signal);
      const { address, port } = first;
      return { instanceId, pid: undefined, address, port, volumes: records.map((record) => stateOf(record, bdevs)) };
    });
  }

  async list(options?: CallOptions): Promise<readonly string[]> {
    options?.signal?.throwIfAborted();
    return (await this.#records.instances()).toSorted();
  }

  adopt(request: AdoptRequest, options?: CallOptions): Promise<InstanceState | undefined> {
    return this.inspect(request.instanceId, options);
  }

  stats(instanceId: string, options?: CallOptions): Promise<InstanceStats | undefined> {
    const check = (): void => checkInstanceId(instanceId);
    return this.#verbs.run({ doing: `count I/O of ${instanceId}`, instanceId }, check, options, async (signal) => {
      const records = await this.#records.ofInstance(instanceId);
      if (records.length === 0) {
        return undefined;
      }
      const bdevs = await this.#bdevs(signal);
      const volumes = records.map(({ attachmentId, path }) => {
        const bdev = findBdev(bdevs, path);
        const io = bdev && {
          operations: bdev.operations,
          readBytes: bdev.bytesRead,
          writtenBytes: bdev.bytesWritten,
        };
        return { attachmentId, io };
      });
      return { instanceId, cpuSeconds: undefined, residentBytes: undefined, volumes };
    });
  }

  /** The kernel serves: nothing is lost but with the machine itself. */
  watch(): () => void {
    return () => {};
  }

  #verb<T>(
    verb: string,
    key: VolumeKey,
    options: CallOptions | undefined,
    action: (signal: AbortSignal) => Promise<T>,
    check: () => void = () => {},
  ): Promise<T> {
    const doing = `${verb} volume of attachment ${key.attachmentId}`;
    const checkAll = (): void => {
      checkKey(key);
      check();
    };
    return this.#verbs.run({ doing, ...key }, checkAll, options, action);
  }

  #bdevs(signal: AbortSignal): Promise<readonly Bdev[]> {
    return readBdevs(this.#options.runner, this.#options.sysfsDirectory, signal);
  }

  async #require(key: VolumeKey): Promise<SplitioRecord> {
    const record = await this.#records.read(key);
    if (record === undefined) {
      const text = `volume of attachment ${key.attachmentId} is not open for instance ${key.instanceId}`;
      throw new DriverError('not_open', text);
    }
    return record;
  }

  #wrongSize(bdev: Bdev, record: SplitioRecord): string | undefined {
    const bytes = bdev.capacity * this.#options.capacityUnitBytes;
    return bytes === record.sizeBytes
      ? undefined
      : `Capacity ${bdev.capacity} of ${this.#options.capacityUnitBytes} bytes each, but the volume has ${record.sizeBytes} bytes`;
  }
}

function checkExpected({ expected }: OpenRequest, device: VolumeDevice): void {
  if (expected?.id !== undefined) {
    const text = `expected is id ${expected.id}, but ${device.path} has no id of its own that could be compared`;
    throw new DriverError('wrong_volume', text);
  }
  if (expected?.sizeBytes !== undefined && expected.sizeBytes !== device.sizeBytes) {
    const text = `${device.path} has ${device.sizeBytes} bytes, but the volume has ${expected.sizeBytes}: this is another one`;
    throw new DriverError('wrong_volume', text);
  }
}

function mismatch(bdev: Bdev, { guestName, guest }: ScriptArguments): string | undefined {
  if (bdev.guestName !== guestName) {
    return `Guest_Device_Name is ${JSON.stringify(bdev.guestName)}, asked for ${JSON.stringify(guestName)}`;
  }
  if (bdev.guestIpAddress !== guest.ipAddress) {
    return `Guest_IP_Address is ${JSON.stringify(bdev.guestIpAddress)}, asked for ${guest.ipAddress}`;
  }
  return undefined;
}

function stateOf(record: SplitioRecord, bdevs: readonly Bdev[]): VolumeState {
  return {
    attachmentId: record.attachmentId,
    backend: record.backend,
    sizeBytes: record.sizeBytes,
    readOnly: false,
    interposers: [],
    exportName: findBdev(bdevs, record.path)?.guestName,
    grants: [],
  };
}
