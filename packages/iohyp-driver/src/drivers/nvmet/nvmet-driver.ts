import { setTimeout as delay } from 'node:timers/promises';
import type { PreparedBackend } from '../../backends/backend.ts';
import { prepareBackend } from '../../backends/registry.ts';
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
  type Listener,
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
import { kernelBacking } from './backing.ts';
import { Configfs, sizeOfDevice } from './configfs.ts';
import { countConnections, unknownListener } from './connections.ts';
import { type NvmetNames, namespaceUuid, nvmetNames } from './names.ts';
import { type NvmetDriverOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { findPort, openPort, requireRunInside } from './port.ts';
import { Subsystem } from './subsystem.ts';
import { type NvmetRecord, nvmetRecord } from './volume-record.ts';

const LOOK_EVERY_MS = 50;

/**
 * I/O hypervisor in the kernel: its NVMe target over TCP, written through configfs. A subsystem per instance, a namespace
 * per volume, a client name and a DH-HMAC-CHAP key per grant. Clients are authenticated; what they send is not encrypted.
 *
 * A client that is granted one volume of an instance reaches all of them: the subsystem is what the kernel guards.
 */
export class NvmetDriver implements IoHypervisorDriver {
  readonly name = 'nvmet';
  readonly capabilities: DriverCapabilities;
  readonly #options: ResolvedOptions;
  readonly #names: NvmetNames;
  readonly #configfs: Configfs;
  readonly #verbs: BoundedVerbs;
  /** What isn't an instance's own: storages, and the kernel's numbers of ports. */
  readonly #shared = new SerialQueue();
  readonly #records: RecordDirectory<NvmetRecord>;
  readonly #listeners = new Map<string, Listener>();

  constructor(options: NvmetDriverOptions = {}) {
    this.#options = resolveOptions(options);
    this.#names = nvmetNames(this.#options.nqnPrefix);
    this.#configfs = new Configfs(this.#options.configfsDirectory);
    this.#verbs = new BoundedVerbs(this.#options.verbTimeoutMs);
    this.#records = new RecordDirectory(this.#options.runtimeDirectory, nvmetRecord);
    this.capabilities = {
      transport: 'nvme-tcp',
      backends: ['file', 'local'],
      interposers: [],
      secure: this.#options.authentication,
      resize: 'announced',
      recreates: false,
    };
  }

  open(request: OpenRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verb('open', request.key, options, async (signal) => {
      const { backend, readOnly } = await prepareBackend(request.connectionInfo, this.#options.backends);
      const { path } = kernelBacking(backend);
      requireRunInside(request.listener);
      const known = await this.#records.read(request.key);
      if (readOnly || request.readOnly) {
        const text = 'the kernel exports every namespace writable; use driver qsd';
        throw known === undefined
          ? new DriverError('not_supported', text)
          : new DriverError('conflict', `already open, and writable: ${text}`);
      }
      await checkExpected(request, backend, path);
      return this.#shared.run(backend.identity, signal, () => this.#open(request, backend, path, signal));
    });
  }

  async #open(request: OpenRequest, backend: PreparedBackend, path: string, signal: AbortSignal): Promise<VolumeState> {
    const { key, listener } = request;
    const subsystem = this.#subsystem(key.instanceId);
    for (const other of await this.#records.all()) {
      if (other.identity === backend.identity && other.attachmentId !== key.attachmentId) {
        if (await this.#subsystem(other.instanceId).hasNamespace(other)) {
          const text = `${path} is already open for attachment ${other.attachmentId} of instance ${other.instanceId}`;
          throw new DriverError('conflict', `${text}, and two writers would destroy it`);
        }
      }
    }
    const port = await findPort(this.#configfs, subsystem.nqn);
    if (port !== undefined && (port.address !== listener.address || port.port !== listener.port)) {
      const asked = `[${listener.address}]:${listener.port}`;
      const text = `the instance's exports are on [${port.address}]:${port.port}, asked for ${asked}; close its volumes first`;
      throw new DriverError('conflict', text);
    }
    const before = await this.#records.read(key);
    const isOpen = before !== undefined && (await subsystem.hasNamespace(before));
    if (isOpen && before.identity !== backend.identity) {
      throw new DriverError('conflict', `already open with ${before.path}; close it first`);
    }
    this.#listeners.set(key.instanceId, listener);
    if (!isOpen || port === undefined) {
      const record = isOpen ? before : await this.#newRecord(request, backend);
      await this.#records.write(key, record);
      try {
        await subsystem.create(this.#options);
        await subsystem.createNamespace(record, this.#options);
        if (port === undefined) {
          const open = (): Promise<void> => openPort(this.#configfs, listener, subsystem.nqn, this.#options.anaGroupId);
          await this.#shared.run('ports', signal, open);
        }
      } catch (error) {
        await this.#close(key);
        throw error;
      }
    }
    return this.#state(await this.#require(key));
  }

  async #newRecord({ key, connectionInfo }: OpenRequest, backend: PreparedBackend): Promise<NvmetRecord> {
    const used = new Set(await this.#subsystem(key.instanceId).namespaceIds());
    let namespaceId = 1;
    while (used.has(namespaceId)) {
      namespaceId += 1;
    }
    const uuid = namespaceUuid(connectionInfo['volume_id'], key.attachmentId);
    return {
      ...key,
      backend: backend.kind,
      identity: backend.identity,
      ...kernelBacking(backend),
      uuid,
      namespaceId,
      grants: [],
    };
  }

  interpose(request: InterposeRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verb('interpose', request.key, options, async () => {
      const record = await this.#require(request.key);
      if (request.interposers.length > 0) {
        throw new DriverError('not_supported', 'driver nvmet has no interposers; use driver qsd');
      }
      return this.#state(record);
    });
  }

  export(request: ExportRequest, options?: CallOptions): Promise<VolumeState> {
    const check = (): void => checkExportName(request.exportName);
    const verb = async (): Promise<VolumeState> => {
      const { key, exportName } = request;
      const record = await this.#require(key);
      if (request.readOnly) {
        throw new DriverError('not_supported', 'the kernel exports every namespace writable; use driver qsd');
      }
      const subsystem = this.#subsystem(key.instanceId);
      if (await subsystem.isEnabled(record.namespaceId)) {
        if (record.exportName !== exportName) {
          throw new DriverError('conflict', `already exported as "${record.exportName}"; unexport it first`);
        }
        return this.#state(record);
      }
      const others = (await this.#records.ofInstance(key.instanceId)).filter(
        (other) => other.attachmentId !== key.attachmentId && other.exportName === exportName,
      );
      if (others[0] !== undefined) {
        const text = `the instance's attachment ${others[0].attachmentId} is already exported as "${exportName}"`;
        throw new DriverError('conflict', text);
      }
      const exporting = { ...record, exportName };
      await this.#records.write(key, exporting);
      await subsystem.enable(record.namespaceId).catch((cause: unknown) => {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new DriverError('backend_failed', `the kernel can't open ${record.path}: ${why}`, { cause });
      });
      return this.#state(exporting);
    };
    return this.#verb('export', request.key, options, verb, check);
  }

  grant(request: GrantRequest, options?: CallOptions): Promise<VolumeState> {
    const verb = async (): Promise<VolumeState> => {
      const { key, identity } = request;
      const record = await this.#require(key);
      const others = await this.#records.ofInstance(key.instanceId);
      const other = others.find(
        ({ attachmentId, grants }) => attachmentId !== key.attachmentId && grants.includes(identity),
      );
      if (other !== undefined) {
        const text = `"${identity}" is granted for attachment ${other.attachmentId} of the same instance`;
        throw new DriverError('conflict', `${text}, and revoking one would revoke both`);
      }
      const granted = { ...record, grants: [...new Set([...record.grants, identity])] };
      await this.#records.write(key, granted);
      await this.#subsystem(key.instanceId).allow(request, this.#options);
      return this.#state(granted);
    };
    return this.#verb('grant', request.key, options, verb, () => checkGrant(request));
  }

  async revoke(key: VolumeKey, identity: string, options?: CallOptions): Promise<void> {
    await this.#verb('revoke a grant of', key, options, async () => {
      const record = await this.#records.read(key);
      if (record?.grants.includes(identity) === true) {
        await this.#subsystem(key.instanceId).disallow(identity);
        await this.#records.write(key, { ...record, grants: record.grants.filter((each) => each !== identity) });
      }
    });
  }

  resize(request: ResizeRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verb('resize', request.key, options, async () => {
      const record = await this.#require(request.key);
      const actual = await sizeOfDevice(record.path);
      if (!Number.isSafeInteger(request.sizeBytes) || request.sizeBytes < actual) {
        const text = `sizeBytes is ${request.sizeBytes}, but the volume has ${actual}: volumes never shrink`;
        throw new DriverError('bad_request', text);
      }
      if (request.sizeBytes > actual) {
        const text = `asked for ${request.sizeBytes} bytes, but the storage has ${actual}`;
        throw new DriverError('conflict', text, { retryable: true });
      }
      const subsystem = this.#subsystem(request.key.instanceId);
      if (await subsystem.isEnabled(record.namespaceId)) {
        await subsystem.announceSize(record.namespaceId);
      }
      return this.#state(record);
    });
  }

  setQos(request: QosRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verb('set limits of', request.key, options, async () => {
      await this.#require(request.key);
      throw new DriverError('not_supported', 'driver nvmet has no limits; use driver qsd');
    });
  }

  /** The kernel tells connections by instance, not by volume: waits until the instance has none. */
  async drain(key: VolumeKey, options?: CallOptions): Promise<void> {
    await this.#verb('drain', key, options, async (signal) => {
      const record = await this.#records.read(key);
      if (record === undefined) {
        return;
      }
      const subsystem = this.#subsystem(key.instanceId);
      for (const identity of record.grants) {
        await subsystem.disallow(identity);
      }
      await this.#records.write(key, { ...record, grants: [] });
      if (await subsystem.isEnabled(record.namespaceId)) {
        const listener = this.#listeners.get(key.instanceId);
        if (listener === undefined) {
          throw unknownListener();
        }
        const runInside = requireRunInside(listener);
        while (runInside(() => countConnections(listener.port)) > 0) {
          await delay(LOOK_EVERY_MS, undefined, { signal });
        }
      }
      await this.#unexport(key);
    });
  }

  async unexport(key: VolumeKey, options?: CallOptions): Promise<void> {
    await this.#verb('unexport', key, options, () => this.#unexport(key));
  }

  async #unexport(key: VolumeKey): Promise<void> {
    const record = await this.#records.read(key);
    if (record === undefined) {
      return;
    }
    const subsystem = this.#subsystem(key.instanceId);
    if (await subsystem.hasNamespace(record)) {
      await subsystem.disable(record.namespaceId);
      const ids = await subsystem.namespaceIds();
      const enabled = await Promise.all(ids.map((id) => subsystem.isEnabled(id)));
      // Connections are the instance's: as long as a sibling is exported they serve that one.
      if (!enabled.includes(true)) {
        await subsystem.disconnectAll(this.#options);
      }
    }
    const { exportName: _, ...rest } = record;
    await this.#records.write(key, rest);
  }

  async close(key: VolumeKey, options?: CallOptions): Promise<void> {
    await this.#verb('close', key, options, async () => {
      const record = await this.#records.read(key);
      const subsystem = this.#subsystem(key.instanceId);
      if (
        record !== undefined &&
        (await subsystem.hasNamespace(record)) &&
        (await subsystem.isEnabled(record.namespaceId))
      ) {
        throw new DriverError('conflict', 'still exported; unexport it first');
      }
      await this.#close(key);
    });
  }

  /** The instance's subsystem goes with its last volume, and whatever a crash left in it. */
  async #close(key: VolumeKey): Promise<void> {
    const subsystem = this.#subsystem(key.instanceId);
    const record = await this.#records.read(key);
    if (record !== undefined && (await subsystem.exists())) {
      for (const identity of record.grants) {
        await subsystem.disallow(identity);
      }
      await subsystem.removeNamespace(record.namespaceId);
    }
    await this.#records.remove(key);
    if ((await this.#records.attachments(key.instanceId)).length === 0) {
      if (await subsystem.exists()) {
        await subsystem.remove();
      }
      this.#listeners.delete(key.instanceId);
    }
  }

  inspect(instanceId: string, options?: CallOptions): Promise<InstanceState | undefined> {
    const doing = `inspect instance ${instanceId}`;
    const check = (): void => checkInstanceId(instanceId);
    return this.#verbs.run({ doing, instanceId }, check, options, () => this.#inspect(instanceId));
  }

  async #inspect(instanceId: string): Promise<InstanceState | undefined> {
    const subsystem = this.#subsystem(instanceId);
    if (!(await subsystem.exists())) {
      return undefined;
    }
    const port = await findPort(this.#configfs, subsystem.nqn);
    const volumes: VolumeState[] = [];
    for (const record of await this.#records.ofInstance(instanceId)) {
      if (await subsystem.hasNamespace(record)) {
        volumes.push(await this.#state(record));
      }
    }
    return { instanceId, pid: undefined, address: port?.address ?? '', port: port?.port ?? 0, volumes };
  }

  async list(options?: CallOptions): Promise<readonly string[]> {
    options?.signal?.throwIfAborted();
    const subsystems = await this.#configfs.list('subsystems');
    const found = subsystems.map((nqn) => this.#names.instanceOf(nqn)).filter((id) => id !== undefined);
    return [...new Set([...found, ...(await this.#records.instances())])].toSorted();
  }

  adopt(request: AdoptRequest, options?: CallOptions): Promise<InstanceState | undefined> {
    const { instanceId, listener } = request;
    const doing = `adopt instance ${instanceId}`;
    const check = (): void => checkInstanceId(instanceId);
    return this.#verbs.run({ doing, instanceId }, check, options, async () => {
      const state = await this.#inspect(instanceId);
      if (state !== undefined) {
        this.#listeners.set(instanceId, listener);
      }
      return state;
    });
  }

  stats(instanceId: string, options?: CallOptions): Promise<InstanceStats | undefined> {
    const doing = `count I/O of ${instanceId}`;
    const check = (): void => checkInstanceId(instanceId);
    return this.#verbs.run({ doing, instanceId }, check, options, async () => {
      const state = await this.#inspect(instanceId);
      // The kernel's target counts nothing by namespace.
      const volumes = state?.volumes.map(({ attachmentId }) => ({ attachmentId, io: undefined }));
      return volumes && { instanceId, cpuSeconds: undefined, residentBytes: undefined, volumes };
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
    return this.#verbs.run({ doing, ...key }, checkAll, options, async (signal) => {
      if (!(await this.#configfs.has('subsystems'))) {
        const text = `${this.#configfs.root} is not there: is configfs mounted, and the module nvmet-tcp loaded?`;
        throw new DriverError('data_plane_failed', text, { safeToRollBack: true });
      }
      return action(signal);
    });
  }

  #subsystem(instanceId: string): Subsystem {
    return new Subsystem(this.#configfs, this.#names, instanceId);
  }

  async #require(key: VolumeKey): Promise<NvmetRecord> {
    const record = await this.#records.read(key);
    if (record === undefined || !(await this.#subsystem(key.instanceId).hasNamespace(record))) {
      const text = `volume of attachment ${key.attachmentId} is not open for instance ${key.instanceId}`;
      throw new DriverError('not_open', text);
    }
    return record;
  }

  async #state(record: NvmetRecord): Promise<VolumeState> {
    const subsystem = this.#subsystem(record.instanceId);
    const allowed = await Promise.all(record.grants.map((identity) => subsystem.isAllowed(identity)));
    return {
      attachmentId: record.attachmentId,
      backend: record.backend,
      sizeBytes: await sizeOfDevice(record.path),
      readOnly: false,
      interposers: [],
      exportName: (await subsystem.isEnabled(record.namespaceId)) ? record.exportName : undefined,
      grants: record.grants.filter((_, index) => allowed[index] === true),
    };
  }
}

async function checkExpected({ expected }: OpenRequest, backend: PreparedBackend, path: string): Promise<void> {
  const sizeBytes = await sizeOfDevice(path);
  if (expected?.sizeBytes !== undefined && expected.sizeBytes !== sizeBytes) {
    const text = `${path} has ${sizeBytes} bytes, but the volume has ${expected.sizeBytes}: this is another one`;
    throw new DriverError('wrong_volume', text);
  }
  if (expected?.id !== undefined && expected.id !== backend.id) {
    const text = `${path} has ${backend.id === undefined ? 'no id of its own' : `id ${backend.id}`}, expected ${expected.id}`;
    throw new DriverError('wrong_volume', text);
  }
}
