import type {
  AdoptRequest,
  CallOptions,
  DriverCapabilities,
  ExportRequest,
  GrantRequest,
  InstanceState,
  InstanceStats,
  InterposeRequest,
  IoHypervisorDriver,
  OpenRequest,
  QosRequest,
  ResizeRequest,
  VolumeKey,
  VolumeState,
} from '../../contract.ts';
import { DriverError } from '../../contract.ts';
import { BoundedVerbs } from '../bounded-verbs.ts';
import { checkExportName, checkGrant } from '../request-checks.ts';
import { type AnaState, readAnaState, writeAnaState } from './ana.ts';
import { type NvmetDriverOptions, resolveOptions } from './options.ts';
import { endConnections } from './port.ts';
import { Target } from './target.ts';
import { closeVolume, refuseExported } from './verbs/close.ts';
import { revokeAll, unexportUnused } from './verbs/drain.ts';
import { exportVolume } from './verbs/export.ts';
import { grant, revoke } from './verbs/grant.ts';
import { inspect } from './verbs/inspect.ts';
import { checkStages, interposeVolume } from './verbs/interpose.ts';
import { openVolume } from './verbs/open.ts';
import { resizeVolume } from './verbs/resize.ts';
import { readStats } from './verbs/stats.ts';
import { unexportVolume } from './verbs/unexport.ts';

/**
 * I/O hypervisor in the kernel: its NVMe target over TCP, written through configfs. A port per instance, a subsystem with one
 * namespace per volume, a client name and a DH-HMAC-CHAP key per grant. Clients are authenticated; what they send is not
 * encrypted.
 */
export class NvmetDriver implements IoHypervisorDriver {
  readonly name = 'nvmet';
  readonly capabilities: DriverCapabilities;
  readonly #target: Target;
  readonly #verbs: BoundedVerbs;

  constructor(options: NvmetDriverOptions = {}) {
    this.#target = new Target(resolveOptions(options));
    const { authentication, verbTimeoutMs, undoTimeoutMs } = this.#target.options;
    this.#verbs = new BoundedVerbs(verbTimeoutMs, { undoTimeoutMs });
    this.capabilities = {
      transport: 'nvme-tcp',
      readOnly: false,
      backends: ['file', 'local', 'nvmeof'],
      interposers: ['luks'],
      secure: authentication,
      resize: 'announced',
      cutsOff: true,
      counts: { backends: ['local', 'nvmeof'], latency: true },
      recreates: false,
    };
  }

  open(request: OpenRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verb('open', request.key, options, (signal) => openVolume(this.#target, request, signal));
  }

  interpose(request: InterposeRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verb('interpose', request.key, options, async (signal) => {
      const record = await this.#target.requireOpen(request.key);
      return interposeVolume(this.#target, record, checkStages(request.interposers), signal);
    });
  }

  export(request: ExportRequest, options?: CallOptions): Promise<VolumeState> {
    const check = (): void => checkExportName(request.exportName);
    return this.#verb('export', request.key, options, () => exportVolume(this.#target, request), check);
  }

  grant(request: GrantRequest, options?: CallOptions): Promise<VolumeState> {
    const check = (): void => checkGrant(request);
    return this.#verb('grant', request.key, options, () => grant(this.#target, request), check);
  }

  revoke(key: VolumeKey, identity: string, options?: CallOptions): Promise<void> {
    return this.#verb('revoke a grant of', key, options, () => revoke(this.#target, key, identity));
  }

  cutOff(key: VolumeKey, options?: CallOptions): Promise<void> {
    return this.#verb('cut off the clients of', key, options, async () => {
      const { instanceId } = await this.#target.requireOpen(key);
      const { configfs, names } = this.#target;
      await endConnections(configfs, names.instance(instanceId), names.volume(key));
    });
  }

  resize(request: ResizeRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verb('resize', request.key, options, (signal) => resizeVolume(this.#target, request, signal));
  }

  setQos(request: QosRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verb('set limits of', request.key, options, async () => {
      await this.#target.requireOpen(request.key);
      throw new DriverError('not_supported', 'driver nvmet has no limits; use driver qsd');
    });
  }

  drain(key: VolumeKey, options?: CallOptions): Promise<void> {
    let nobodyComes = false;
    return this.#verbs.untilDone('drain', key, options, async () => {
      if (!nobodyComes) {
        await this.#target.requireKernel();
        await revokeAll(this.#target, key);
        nobodyComes = true;
      }
      return unexportUnused(this.#target, key);
    });
  }

  unexport(key: VolumeKey, options?: CallOptions): Promise<void> {
    return this.#verb('unexport', key, options, () => unexportVolume(this.#target, key));
  }

  close(key: VolumeKey, options?: CallOptions): Promise<void> {
    return this.#verb('close', key, options, async (signal) => {
      await refuseExported(this.#target, key);
      await closeVolume(this.#target, key, signal);
    });
  }

  inspect(instanceId: string, options?: CallOptions): Promise<InstanceState | undefined> {
    return this.#verbs.onInstance('inspect', instanceId, options, () => inspect(this.#target, instanceId));
  }

  list(options?: CallOptions): Promise<readonly string[]> {
    const { configfs, names, records } = this.#target;
    return this.#verbs.beside('list instances', options, async () => {
      const subsystems = await configfs.list('subsystems');
      const found = subsystems.map((nqn) => names.instanceOf(nqn)).filter((id) => id !== undefined);
      return [...new Set([...found, ...(await records.instances())])].toSorted();
    });
  }

  adopt({ instanceId, listener }: AdoptRequest, options?: CallOptions): Promise<InstanceState | undefined> {
    return this.#verbs.onInstance('adopt', instanceId, options, async () => {
      const state = await inspect(this.#target, instanceId);
      if (state !== undefined) {
        this.#target.listeners.set(instanceId, listener);
      }
      return state;
    });
  }

  stats(instanceId: string, options?: CallOptions): Promise<InstanceStats | undefined> {
    return this.#verbs.onInstance('count I/O of', instanceId, options, async () => {
      const state = await inspect(this.#target, instanceId);
      return state && readStats(this.#target, state);
    });
  }

  /** The kernel serves: nothing is lost but with the machine itself. */
  watch(): () => void {
    return () => {};
  }

  /** How clients see this path to the instance's volumes; undefined when nothing of it is open. Only this driver has it. */
  anaState(instanceId: string, options?: CallOptions): Promise<AnaState | undefined> {
    const { configfs, names } = this.#target;
    return this.#verbs.onInstance('read the path state of', instanceId, options, () =>
      readAnaState(configfs, names.instance(instanceId), this.#target.options.anaGroupId),
    );
  }

  /**
   * Tells clients what this path to the instance's volumes is worth, so that those with several (another I/O host) leave it,
   * or come back. With `inaccessible` requests wait at the client until it is another again.
   */
  setAnaState(instanceId: string, state: AnaState, options?: CallOptions): Promise<void> {
    const { configfs, names } = this.#target;
    return this.#verbs.onInstance('set the path state of', instanceId, options, () =>
      writeAnaState(configfs, names.instance(instanceId), this.#target.options.anaGroupId, state),
    );
  }

  #verb<T>(
    verb: string,
    key: VolumeKey,
    options: CallOptions | undefined,
    action: (signal: AbortSignal) => Promise<T>,
    check?: () => void,
  ): Promise<T> {
    return this.#verbs.onVolume(
      verb,
      key,
      options,
      async (signal) => {
        await this.#target.requireKernel();
        return action(signal);
      },
      check,
    );
  }
}
