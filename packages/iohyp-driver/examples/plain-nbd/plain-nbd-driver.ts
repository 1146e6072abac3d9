import {
  type AdoptRequest,
  type BackendSettings,
  BoundedVerbs,
  type CallOptions,
  checkExportName,
  checkGrant,
  checkInstanceId,
  checkKey,
  type DriverCapabilities,
  DriverError,
  type ExportRequest,
  type GrantRequest,
  type InstanceState,
  type InstanceStats,
  type InterposeRequest,
  type IoHypervisorDriver,
  type OpenRequest,
  prepareBackend,
  RecordDirectory,
  SerialQueue,
  type VolumeKey,
  type VolumeState,
} from '@iorcl/iohyp-driver';
import { Daemon, nodeName } from './daemon.ts';
import { addNode, isExported, openSize, removeExport, removeNode } from './node.ts';
import { type PlainRecord, plainRecord } from './record.ts';

/** NBD without any protection, over files: the smallest real driver. For networks on which everybody is trusted. */
export class PlainNbdDriver implements IoHypervisorDriver {
  readonly name = 'plain-nbd';
  readonly capabilities: DriverCapabilities = {
    transport: 'nbd',
    backends: ['file'],
    interposers: [],
    secure: false,
    resize: 'none',
    recreates: false,
  };
  readonly #runtimeDirectory: string;
  readonly #backends: BackendSettings;
  readonly #records: RecordDirectory<PlainRecord>;
  readonly #verbs = new BoundedVerbs(30_000);
  readonly #storages = new SerialQueue();

  constructor(options: { readonly runtimeDirectory: string; readonly backends: BackendSettings }) {
    this.#runtimeDirectory = options.runtimeDirectory;
    this.#backends = options.backends;
    this.#records = new RecordDirectory(options.runtimeDirectory, plainRecord);
  }

  open(request: OpenRequest, options?: CallOptions): Promise<VolumeState> {
    const { key } = request;
    return this.#verb('open', key, options, async (signal) => {
      const { backend, readOnly } = await prepareBackend(request.connectionInfo, this.#backends);
      const wanted = { identity: backend.identity, readOnly: request.readOnly || readOnly };
      if (request.shareable === true) {
        throw new DriverError('not_supported', "driver plain-nbd can't open a volume for several writers");
      }
      if (request.expected?.id !== undefined && request.expected.id !== backend.id) {
        throw new DriverError(
          'wrong_volume',
          `${backend.description} is ${backend.id}, expected ${request.expected.id}`,
        );
      }
      return this.#storages.run(backend.identity, signal, async () => {
        await this.#refuseSecondOpening(key, wanted);
        const daemon = this.#daemon(key);
        if ((await daemon.find()) === undefined) {
          await this.#forget(key.instanceId);
        }
        await this.#refuseOther(request, wanted);
        const { address, port } = request.listener;
        const fresh = (await this.#find(key, signal)) === undefined;
        try {
          if (fresh) {
            await this.#records.write(key, { ...key, ...wanted, sizeBytes: 0, address, port, grants: [] });
            await daemon.ensure(request.listener, signal);
            await daemon.talk(signal, async (qmp) => {
              await removeNode(qmp, key.attachmentId, signal);
              await addNode(qmp, key.attachmentId, backend, wanted.readOnly, signal);
            });
            signal.throwIfAborted();
          }
          const state = await this.#state(key, signal);
          const expected = request.expected?.sizeBytes;
          if (expected !== undefined && expected !== state.sizeBytes) {
            const text = `${backend.description} has ${state.sizeBytes} bytes, expected ${expected}`;
            throw new DriverError('wrong_volume', text);
          }
          return state;
        } catch (error) {
          if (fresh) {
            await this.#close(key, AbortSignal.timeout(10_000));
          }
          throw error;
        }
      });
    });
  }

  interpose(request: InterposeRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verb('interpose', request.key, options, async (signal) => {
      const state = await this.#state(request.key, signal);
      if (request.interposers.length > 0) {
        throw new DriverError('not_supported', 'driver plain-nbd has no interposers');
      }
      return state;
    });
  }

  export(request: ExportRequest, options?: CallOptions): Promise<VolumeState> {
    const { key, exportName: name, readOnly } = request;
    const check = (): void => checkExportName(name);
    return this.#verb(
      'export',
      key,
      options,
      async (signal) => {
        const record = await this.#require(key, signal);
        if (record.readOnly && !readOnly) {
          throw new DriverError('bad_request', 'the volume was opened read-only and can only be exported read-only');
        }
        const state = await this.#state(key, signal);
        if (state.exportName !== undefined) {
          if (state.exportName !== name || record.exportReadOnly !== readOnly) {
            throw new DriverError('conflict', `already exported as "${state.exportName}"; unexport it first`);
          }
          return state;
        }
        const others = (await this.#records.ofInstance(key.instanceId)).filter((one) => one.exportName === name);
        if (others.some(({ attachmentId }) => attachmentId !== key.attachmentId)) {
          throw new DriverError('conflict', `another volume of the instance is already exported as "${name}"`);
        }
        await this.#records.write(key, { ...record, exportName: name, exportReadOnly: readOnly });
        const id = nodeName(key.attachmentId);
        const options = { type: 'nbd', id, 'node-name': id, name, writable: !readOnly };
        await this.#daemon(key).talk(signal, (qmp) => qmp.execute('block-export-add', options, { signal }));
        return this.#state(key, signal);
      },
      check,
    );
  }

  /** Without keys a grant means nothing to clients; it is remembered, so that what is answered is what was done. */
  grant(request: GrantRequest, options?: CallOptions): Promise<VolumeState> {
    const { key, identity } = request;
    const check = (): void => checkGrant(request);
    return this.#verb(
      'grant',
      key,
      options,
      async (signal) => {
        const record = await this.#require(key, signal);
        const others = await this.#records.ofInstance(key.instanceId);
        if (others.some((one) => one.attachmentId !== key.attachmentId && one.grants.includes(identity))) {
          throw new DriverError('conflict', `identity "${identity}" is already granted for another volume`);
        }
        const grants = record.grants.includes(identity) ? record.grants : [...record.grants, identity];
        await this.#records.write(key, { ...record, grants });
        return this.#state(key, signal);
      },
      check,
    );
  }

  revoke(key: VolumeKey, identity: string, options?: CallOptions): Promise<void> {
    return this.#verb('revoke', key, options, async () => {
      const record = await this.#records.read(key);
      if (record !== undefined) {
        await this.#records.write(key, { ...record, grants: record.grants.filter((one) => one !== identity) });
      }
    });
  }

  unexport(key: VolumeKey, options?: CallOptions): Promise<void> {
    return this.#verb('unexport', key, options, (signal) => this.#unexport(key, signal));
  }

  close(key: VolumeKey, options?: CallOptions): Promise<void> {
    return this.#verb('close', key, options, async (signal) => {
      if ((await this.#find(key, signal))?.exportName !== undefined) {
        throw new DriverError('conflict', 'still exported; unexport it first');
      }
      await this.#close(key, signal);
    });
  }

  /** Nothing tells who is connected: it ends like `unexport`. A driver that knows must wait for its clients here. */
  drain(key: VolumeKey, options?: CallOptions): Promise<void> {
    return this.#verb('drain', key, options, async (signal) => {
      const record = await this.#records.read(key);
      if (record !== undefined) {
        await this.#records.write(key, { ...record, grants: [] });
        await this.#unexport(key, signal);
      }
    });
  }

  resize(request: { readonly key: VolumeKey }, options?: CallOptions): Promise<VolumeState> {
    return this.#refuse('resize', request.key, options);
  }

  setQos(request: { readonly key: VolumeKey }, options?: CallOptions): Promise<VolumeState> {
    return this.#refuse('set the limits of', request.key, options);
  }

  inspect(instanceId: string, options?: CallOptions): Promise<InstanceState | undefined> {
    const subject = { doing: `inspect instance ${instanceId}`, instanceId };
    return this.#verbs.run(
      subject,
      () => checkInstanceId(instanceId),
      options,
      async (signal) => {
        const process = await new Daemon(this.#runtimeDirectory, instanceId).find();
        const records = await this.#records.ofInstance(instanceId);
        const [first] = records;
        if (process === undefined || first === undefined) {
          return undefined;
        }
        const { address, port } = first;
        const volumes: VolumeState[] = [];
        // One after the other: the monitor serves one client at a time.
        for (const { attachmentId } of records) {
          const state = await this.#find({ instanceId, attachmentId }, signal);
          volumes.push(...(state === undefined ? [] : [state]));
        }
        return { instanceId, pid: process.pid, address, port, volumes };
      },
    );
  }

  list(options?: CallOptions): Promise<readonly string[]> {
    return this.#verbs.beside('list instances', options, () => this.#records.instances());
  }

  adopt({ instanceId }: AdoptRequest, options?: CallOptions): Promise<InstanceState | undefined> {
    return this.inspect(instanceId, options);
  }

  async stats(instanceId: string, options?: CallOptions): Promise<InstanceStats | undefined> {
    const state = await this.inspect(instanceId, options);
    const volumes = state?.volumes.map(({ attachmentId }) => ({ attachmentId, io: undefined })) ?? [];
    return state && { instanceId, cpuSeconds: undefined, residentBytes: undefined, volumes };
  }

  /** A driver that does not recreate may leave losses to `inspect`. */
  watch(): () => void {
    return () => {};
  }

  #daemon({ instanceId }: Pick<VolumeKey, 'instanceId'>): Daemon {
    return new Daemon(this.#runtimeDirectory, instanceId);
  }

  async #unexport(key: VolumeKey, signal: AbortSignal): Promise<void> {
    await this.#daemon(key).talk(signal, (qmp) => removeExport(qmp, key.attachmentId, signal));
    const record = await this.#records.read(key);
    if (record !== undefined) {
      const { exportName: _name, exportReadOnly: _mode, ...rest } = record;
      await this.#records.write(key, rest);
    }
  }

  /** The daemon ends before the last record goes: as long as it runs, the instance is listed. */
  async #close(key: VolumeKey, signal: AbortSignal): Promise<void> {
    await this.#daemon(key).talk(signal, (qmp) => removeNode(qmp, key.attachmentId, signal));
    const others = (await this.#records.attachments(key.instanceId)).filter((id) => id !== key.attachmentId);
    if (others.length === 0) {
      await this.#daemon(key).end(signal);
    }
    await this.#records.remove(key);
  }

  /** What a daemon that has died left behind. */
  async #forget(instanceId: string): Promise<void> {
    for (const attachmentId of await this.#records.attachments(instanceId)) {
      await this.#records.remove({ instanceId, attachmentId });
    }
  }

  async #refuseSecondOpening(key: VolumeKey, wanted: Pick<PlainRecord, 'identity' | 'readOnly'>): Promise<void> {
    for (const other of await this.#records.all()) {
      const shared = other.readOnly && wanted.readOnly;
      const same = other.identity === wanted.identity && other.attachmentId !== key.attachmentId;
      if (same && !shared && (await this.#daemon(other).find()) !== undefined) {
        const { attachmentId, instanceId } = other;
        throw new DriverError('conflict', `already open for attachment ${attachmentId} of instance ${instanceId}`);
      }
    }
  }

  async #refuseOther(request: OpenRequest, wanted: Pick<PlainRecord, 'identity' | 'readOnly'>): Promise<void> {
    const { address, port } = request.listener;
    for (const other of await this.#records.ofInstance(request.key.instanceId)) {
      if (other.address !== address || other.port !== port) {
        throw new DriverError('conflict', `the instance's exports are on [${other.address}]:${other.port}`);
      }
      const mine = other.attachmentId === request.key.attachmentId;
      if (mine && (other.identity !== wanted.identity || other.readOnly !== wanted.readOnly)) {
        throw new DriverError('conflict', 'already open with other storage or in another mode; close it first');
      }
    }
  }

  /** State of a volume, read back; undefined when it isn't open. */
  async #find(key: VolumeKey, signal: AbortSignal): Promise<VolumeState | undefined> {
    const { attachmentId } = key;
    const record = await this.#records.read(key);
    const found = await this.#daemon(key).talk(signal, async (qmp) => ({
      sizeBytes: await openSize(qmp, attachmentId, signal),
      exported: await isExported(qmp, attachmentId, signal),
    }));
    if (record === undefined || found?.sizeBytes === undefined) {
      return undefined;
    }
    const exportName = found.exported ? record.exportName : undefined;
    const readOnly = record.readOnly || (found.exported && record.exportReadOnly === true);
    const { grants } = record;
    return { attachmentId, backend: 'file', sizeBytes: found.sizeBytes, readOnly, interposers: [], exportName, grants };
  }

  async #state(key: VolumeKey, signal: AbortSignal): Promise<VolumeState> {
    const state = await this.#find(key, signal);
    if (state === undefined) {
      throw new DriverError('not_open', `volume of attachment ${key.attachmentId} is not open`);
    }
    return state;
  }

  async #require(key: VolumeKey, signal: AbortSignal): Promise<PlainRecord> {
    await this.#state(key, signal);
    const record = await this.#records.read(key);
    if (record === undefined) {
      throw new DriverError('not_open', `volume of attachment ${key.attachmentId} is not open`);
    }
    return record;
  }

  #refuse(verb: string, key: VolumeKey, options: CallOptions | undefined): Promise<never> {
    return this.#verb(verb, key, options, async (signal) => {
      await this.#state(key, signal);
      throw new DriverError('not_supported', 'driver plain-nbd can not do that');
    });
  }

  #verb<T>(
    verb: string,
    key: VolumeKey,
    options: CallOptions | undefined,
    action: (signal: AbortSignal) => Promise<T>,
    check: () => void = () => {},
  ): Promise<T> {
    const checks = (): void => {
      checkKey(key);
      check();
    };
    return this.#verbs.run(
      { doing: `${verb} volume of attachment ${key.attachmentId}`, ...key },
      checks,
      options,
      action,
    );
  }
}
