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
import { checkExportName, checkGrant } from '../request-checks.ts';
import { IoHost, stateOf } from './io-host.ts';
import { resolveOptions, type SplitioDriverOptions } from './options.ts';
import { findBdev } from './scripts.ts';
import { exportVolume } from './verbs/export.ts';
import { inspect, readStats } from './verbs/inspect.ts';
import { openVolume } from './verbs/open.ts';
import { unexportQuiet, unexportVolume } from './verbs/unexport.ts';

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
    readOnly: false,
    backends: ['file', 'local'],
    interposers: [],
    secure: false,
    resize: 'none',
    counts: { backends: ['file', 'local'], latency: false },
    recreates: false,
  };
  readonly #host: IoHost;
  readonly #verbs: BoundedVerbs;

  /** @throws {DriverError} `bad_request` without `allowInsecure` */
  constructor(options: SplitioDriverOptions) {
    this.#host = new IoHost(resolveOptions(options));
    const { verbTimeoutMs, undoTimeoutMs } = this.#host.options;
    this.#verbs = new BoundedVerbs(verbTimeoutMs, { undoTimeoutMs });
  }

  open(request: OpenRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verbs.onVolume('open', request.key, options, (signal) => openVolume(this.#host, request, signal));
  }

  interpose({ key, interposers }: InterposeRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verbs.onVolume('interpose', key, options, async (signal) => {
      const record = await this.#host.requireOpen(key);
      if (interposers.length > 0) {
        throw new DriverError('not_supported', 'driver splitio has no interposers');
      }
      return stateOf(record, await this.#host.bdevs(signal));
    });
  }

  export(request: ExportRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verbs.onVolume(
      'export',
      request.key,
      options,
      (signal) => exportVolume(this.#host, request, signal),
      () => checkExportName(request.exportName),
    );
  }

  grant(request: GrantRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verbs.onVolume(
      'grant',
      request.key,
      options,
      async (signal) => stateOf(await this.#host.requireOpen(request.key), await this.#host.bdevs(signal)),
      () => checkGrant(request),
    );
  }

  revoke(key: VolumeKey, _identity: string, options?: CallOptions): Promise<void> {
    return this.#verbs.onVolume('revoke', key, options, async () => {});
  }

  resize({ key }: ResizeRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verbs.onVolume('resize', key, options, async () => {
      throw new DriverError('not_supported', 'driver splitio can change no size while a volume is open');
    });
  }

  setQos({ key }: QosRequest, options?: CallOptions): Promise<VolumeState> {
    return this.#verbs.onVolume('set limits of', key, options, async () => {
      await this.#host.requireOpen(key);
      throw new DriverError('not_supported', 'driver splitio has no limits');
    });
  }

  drain(key: VolumeKey, options?: CallOptions): Promise<void> {
    return this.#verbs.untilDone('drain', key, options, (signal) => unexportQuiet(this.#host, key, signal));
  }

  unexport(key: VolumeKey, options?: CallOptions): Promise<void> {
    return this.#verbs.onVolume('unexport', key, options, (signal) => unexportVolume(this.#host, key, signal));
  }

  close(key: VolumeKey, options?: CallOptions): Promise<void> {
    return this.#verbs.onVolume('close', key, options, async (signal) => {
      const record = await this.#host.records.read(key);
      if (record !== undefined && findBdev(await this.#host.bdevs(signal), record.path) !== undefined) {
        throw new DriverError('conflict', 'still exported; unexport it first');
      }
      await this.#host.records.remove(key);
    });
  }

  inspect(instanceId: string, options?: CallOptions): Promise<InstanceState | undefined> {
    return this.#verbs.onInstance('inspect', instanceId, options, (signal) => inspect(this.#host, instanceId, signal));
  }

  list(options?: CallOptions): Promise<readonly string[]> {
    return this.#verbs.beside('list instances', options, async () => (await this.#host.records.instances()).toSorted());
  }

  adopt(request: AdoptRequest, options?: CallOptions): Promise<InstanceState | undefined> {
    return this.inspect(request.instanceId, options);
  }

  stats(instanceId: string, options?: CallOptions): Promise<InstanceStats | undefined> {
    return this.#verbs.onInstance('count I/O of', instanceId, options, (signal) =>
      readStats(this.#host, instanceId, signal),
    );
  }

  /** The kernel serves: nothing is lost but with the machine itself. */
  watch(): () => void {
    return () => {};
  }
}
