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
  type OpenRequest,
  type QosRequest,
  type ResizeRequest,
  type VolumeKey,
  type VolumeState,
} from '../../contract.ts';
import { checkLimits } from '../../interposers/throttle/limits.ts';
import { BoundedVerbs } from '../bounded-verbs.ts';
import { checkExportName, checkGrant } from '../request-checks.ts';
import { SerialQueue } from '../serial-queue.ts';
import { checkInstanceId, checkKey } from '../volume-key.ts';
import { findDaemon, instancesWithDaemon } from './daemon.ts';
import { qsdFailure, refusal } from './failure.ts';
import { InstanceDirectory, instancesWithDirectory } from './instance-directory.ts';
import { LossWatch } from './loss-watch.ts';
import { type QsdDriverOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { notOpen, type Session, withSession } from './session.ts';
import { adopt } from './verbs/adopt.ts';
import { closeVolume } from './verbs/close.ts';
import { revokeAll, unexportUnused } from './verbs/drain.ts';
import { exportVolume } from './verbs/export.ts';
import { grant, revoke } from './verbs/grant.ts';
import { inspect } from './verbs/inspect.ts';
import { checkInterposers, interpose } from './verbs/interpose.ts';
import { openVolume } from './verbs/open.ts';
import { resizeVolume } from './verbs/resize.ts';
import { setQos } from './verbs/set-qos.ts';
import { readStats } from './verbs/stats.ts';
import { unexportVolume } from './verbs/unexport.ts';
import { readVolumeRecords } from './volume-record.ts';

/**
 * I/O hypervisor on qemu-storage-daemon: one daemon per instance, NBD with TLS and a pre-shared key per grant. Daemons
 * outlive this object and its process; another `QsdDriver` over the same runtime directory takes them over. Only one
 * process at a time may change things in a runtime directory.
 *
 * Keys open all exports of their instance: NBD's TLS-PSK in QEMU knows no other bound. All of them belong to one tenant.
 */
export class QsdDriver implements IoHypervisorDriver {
  readonly name = 'qsd';
  readonly capabilities: DriverCapabilities;
  readonly #options: ResolvedOptions;
  readonly #verbs: BoundedVerbs;
  readonly #storages = new SerialQueue();
  readonly #watchers = new Set<(instanceId: string) => void>();
  readonly #losses = new LossWatch((instanceId) => {
    // What can't be found out now shows in the next `inspect`.
    this.#ended(instanceId).catch(() => {});
  });

  /** @throws {DriverError} `bad_request` for options that make no sense */
  constructor(options: QsdDriverOptions = {}) {
    this.#options = resolveOptions(options);
    const { cacheDirectory, auditDirectory, verbTimeoutMs, undoTimeoutMs } = this.#options;
    this.#verbs = new BoundedVerbs(verbTimeoutMs, { undoTimeoutMs, asDriverError: qsdFailure });
    this.capabilities = {
      transport: 'nbd',
      backends: ['file', 'iscsi', 'local', 'nbd', 'nfs', 'nvmeof', 'rbd'],
      interposers: [
        ...(['throttle', 'luks'] as const),
        ...(cacheDirectory === undefined ? [] : (['copy-on-read'] as const)),
        ...(auditDirectory === undefined ? [] : (['audit'] as const)),
      ],
      secure: true,
      sharing: true,
      resize: 'reconnect',
      counts: { backends: ['local', 'nvmeof', 'rbd'], latency: true },
      recreates: true,
    };
  }

  open(request: OpenRequest, options?: CallOptions): Promise<VolumeState> {
    const { key, listener } = request;
    const verb = async (signal: AbortSignal, directory: InstanceDirectory): Promise<VolumeState> => {
      const { backend, readOnly } = await prepareBackend(request.connectionInfo, this.#options.backends, {
        willDecrypt: request.willDecrypt,
      });
      return this.#storages
        .run(backend.identity, signal, () =>
          openVolume(this.#options, directory, request, backend, request.readOnly || readOnly, signal),
        )
        .catch((error: unknown) => {
          throw refusal(error, 'backend_failed');
        })
        .finally(() => this.#observe(key.instanceId));
    };
    const check = (): void => {
      checkKey(key);
      if (!Number.isInteger(listener.port) || listener.port < 1 || listener.port > 65535) {
        throw new DriverError('bad_request', `listener.port is ${listener.port}, expected 1 to 65535`);
      }
    };
    return this.#verb(`open volume of attachment ${key.attachmentId}`, key, check, options, verb);
  }

  interpose(request: InterposeRequest, options?: CallOptions): Promise<VolumeState> {
    const check = (): void => checkInterposers(request.interposers);
    return this.#change('interpose', request.key, check, options, (session) =>
      interpose(this.#options, session, request),
    );
  }

  export(request: ExportRequest, options?: CallOptions): Promise<VolumeState> {
    const check = (): void => checkExportName(request.exportName);
    return this.#change('export', request.key, check, options, (session) =>
      exportVolume(this.#options, session, request),
    );
  }

  grant(request: GrantRequest, options?: CallOptions): Promise<VolumeState> {
    const check = (): void => checkGrant(request);
    return this.#change('grant', request.key, check, options, (session) => grant(session, request));
  }

  async revoke(key: VolumeKey, identity: string, options?: CallOptions): Promise<void> {
    const doing = `revoke "${identity}" of attachment ${key.attachmentId}`;
    await this.#verb(
      doing,
      key,
      () => checkKey(key),
      options,
      (signal, directory) => revoke(this.#options, directory, key.attachmentId, identity, signal),
    );
  }

  resize(request: ResizeRequest, options?: CallOptions): Promise<VolumeState> {
    const check = (): void => {
      if (!Number.isSafeInteger(request.sizeBytes) || request.sizeBytes < 1) {
        throw new DriverError('bad_request', `sizeBytes is ${request.sizeBytes}, expected a whole number from 1`);
      }
    };
    return this.#change('resize', request.key, check, options, (session) =>
      resizeVolume(this.#options, session, request),
    );
  }

  setQos(request: QosRequest, options?: CallOptions): Promise<VolumeState> {
    const check = (): void => checkLimits(request.limits);
    return this.#change('set the limits of', request.key, check, options, (session) =>
      setQos(this.#options, session, request),
    );
  }

  drain(key: VolumeKey, options?: CallOptions): Promise<void> {
    const { attachmentId, instanceId } = key;
    let nobodyComes = false;
    const attempt = async (session: Session): Promise<boolean> => {
      if (!nobodyComes) {
        await revokeAll(session, attachmentId);
        nobodyComes = true;
      }
      return unexportUnused(session, attachmentId);
    };
    return this.#verbs.untilDone(
      'drain',
      key,
      options,
      async (signal) => (await withSession(this.#options, this.#directory(instanceId), signal, attempt)) ?? true,
    );
  }

  async unexport(key: VolumeKey, options?: CallOptions): Promise<void> {
    const doing = `unexport volume of attachment ${key.attachmentId}`;
    await this.#verb(
      doing,
      key,
      () => checkKey(key),
      options,
      (signal, directory) =>
        withSession(this.#options, directory, signal, (session) => unexportVolume(session, key.attachmentId)),
    );
  }

  async close(key: VolumeKey, options?: CallOptions): Promise<void> {
    const doing = `close volume of attachment ${key.attachmentId}`;
    await this.#verb(
      doing,
      key,
      () => checkKey(key),
      options,
      (signal, directory) => closeVolume(this.#options, directory, key.attachmentId, signal),
    );
  }

  async inspect(instanceId: string, options?: CallOptions): Promise<InstanceState | undefined> {
    const check = (): void => checkInstanceId(instanceId);
    return this.#verb(`inspect instance ${instanceId}`, { instanceId }, check, options, (signal, directory) =>
      withSession(this.#options, directory, signal, inspect),
    );
  }

  async adopt(request: AdoptRequest, options?: CallOptions): Promise<InstanceState | undefined> {
    const { instanceId } = request;
    const check = (): void => checkInstanceId(instanceId);
    return this.#verb(`adopt instance ${instanceId}`, { instanceId }, check, options, (signal, directory) =>
      adopt(this.#options, directory, request, signal).finally(() => this.#observe(instanceId)),
    );
  }

  async stats(instanceId: string, options?: CallOptions): Promise<InstanceStats | undefined> {
    const check = (): void => checkInstanceId(instanceId);
    return this.#verb(`read counters of instance ${instanceId}`, { instanceId }, check, options, (signal, directory) =>
      withSession(this.#options, directory, signal, readStats),
    );
  }

  watch(onLoss: (instanceId: string) => void): () => void {
    const own = (instanceId: string): void => onLoss(instanceId);
    this.#watchers.add(own);
    this.#observeAll();
    return () => {
      this.#watchers.delete(own);
      if (this.#watchers.size === 0) {
        this.#losses.stop();
      }
    };
  }

  /** Daemons that came before the watch. Later ones are observed as they come. */
  #observeAll(): void {
    instancesWithDirectory(this.#options.runtimeDirectory).then(
      (found) => found.map((instanceId) => this.#observe(instanceId)),
      // A runtime directory that can't be read fails every verb, and says so there.
      () => {},
    );
  }

  #observe(instanceId: string): void {
    if (this.#watchers.size > 0) {
      this.#losses.observe(instanceId, new InstanceDirectory(this.#options.runtimeDirectory, instanceId).watchSocket);
    }
  }

  /** A verb that ends a daemon is in the queue before us: when our turn comes, it has cleared away what is lost here. */
  async #ended(instanceId: string): Promise<void> {
    const directory = new InstanceDirectory(this.#options.runtimeDirectory, instanceId);
    const lost = await this.#verbs.onInstance('look after', instanceId, undefined, async () => {
      const records = await readVolumeRecords(directory);
      return records.length > 0 && (await findDaemon(this.#options, instanceId)) === undefined;
    });
    if (lost) {
      for (const watcher of this.#watchers) {
        watcher(instanceId);
      }
    }
  }

  list(options?: CallOptions): Promise<readonly string[]> {
    return this.#verbs.beside('list instances', options, async () => {
      const found = await instancesWithDirectory(this.#options.runtimeDirectory);
      return [...new Set([...found, ...(await instancesWithDaemon(this.#options))])].toSorted();
    });
  }

  /** A verb on a volume that must be open. */
  #change(
    verb: string,
    key: VolumeKey,
    check: () => void,
    options: CallOptions | undefined,
    action: (session: Session) => Promise<VolumeState>,
  ): Promise<VolumeState> {
    const checkAll = (): void => {
      checkKey(key);
      check();
    };
    const doing = `${verb} volume of attachment ${key.attachmentId}`;
    return this.#verb(doing, key, checkAll, options, async (signal, directory) => {
      const state = await withSession(this.#options, directory, signal, action);
      if (state === undefined) {
        throw notOpen(directory, key.attachmentId);
      }
      return state;
    });
  }

  #verb<T>(
    doing: string,
    ids: { readonly instanceId: string; readonly attachmentId?: string },
    check: () => void,
    options: CallOptions | undefined,
    action: (signal: AbortSignal, directory: InstanceDirectory) => Promise<T>,
  ): Promise<T> {
    return this.#verbs.run({ doing, ...ids }, check, options, (signal) =>
      action(signal, this.#directory(ids.instanceId)),
    );
  }

  #directory(instanceId: string): InstanceDirectory {
    const { runtimeDirectory, confinement } = this.#options;
    return new InstanceDirectory(runtimeDirectory, instanceId, confinement?.runAs);
  }
}
