import type { CallOptions, ListOptions, SinceOptions } from '../../call-options.ts';
import { allTenants, Collection } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import { microversionOf } from '../../service/microversion.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import { type Awaited, idOf, type WaitOptions, waitUntil, waitUntilGone } from '../../service/wait.ts';
import type { WireReader } from '../../wire/reader.ts';
import { MessagesApi, reasonOfError } from '../messages/api.ts';
import type {
  Volume,
  VolumeCreate,
  VolumeEncryption,
  VolumeFilter,
  VolumeMicroversion,
  VolumeStateReset,
  VolumesByMicroversion,
  VolumeUpdate,
} from './model.ts';
import { parseVolume, parseVolumeEncryption, VOLUME_PARSERS, writeVolume } from './wire.ts';

/** From here on a volume in use may grow. */
const EXTEND_IN_USE = '3.42';

/** @see https://docs.openstack.org/api-ref/block-storage/v3/#volumes-volumes */
export class VolumesApi {
  readonly #service: ServiceClient;
  readonly #all: Collection<Volume>;
  readonly #messages: MessagesApi;

  constructor(service: ServiceClient) {
    this.#messages = new MessagesApi(service);
    this.#service = service;
    this.#all = new Collection(service, { path: ['volumes'], one: 'volume', many: 'volumes', parse: parseVolume });
  }

  get(id: string, options?: CallOptions): Promise<Volume>;
  get<M extends VolumeMicroversion>(
    id: string,
    options: CallOptions & SinceOptions<M>,
  ): Promise<VolumesByMicroversion[M]>;
  get(id: string, options: CallOptions & Partial<SinceOptions<VolumeMicroversion>> = {}): Promise<Volume> {
    const parse = VOLUME_PARSERS[options.since ?? '3.0'];
    return this.#service.request<Volume>(
      { method: 'GET', path: ['volumes', id], ...versionOf(options.since) },
      (answer) => parse(answer.object('volume')),
      options,
    );
  }

  list(filter?: VolumeFilter, options?: ListOptions): Listing<Volume>;
  list<M extends VolumeMicroversion>(
    filter: VolumeFilter,
    options: ListOptions & SinceOptions<M>,
  ): Listing<VolumesByMicroversion[M]>;
  list(
    filter: VolumeFilter = {},
    { since, ...options }: ListOptions & Partial<SinceOptions<VolumeMicroversion>> = {},
  ): Listing<Volume> {
    const { name, status, metadata, projectId: project_id } = filter;
    const query = {
      ...{ name, status, project_id, all_tenants: allTenants(filter.allProjects) },
      metadata: metadata === undefined ? undefined : pythonDictionary(metadata),
    };
    const parse: (item: WireReader) => Volume = VOLUME_PARSERS[since ?? '3.0'];
    const request = { method: 'GET', path: ['volumes', 'detail'], query, ...versionOf(since) } as const;
    return listAll(this.#service, request, 'volumes', parse, options);
  }

  /** Answers while the volume is still `creating`; see {@link VolumesApi.waitFor}. */
  create(volume: VolumeCreate, options?: CallOptions): Promise<Volume> {
    return this.#all.create(writeVolume(volume), options);
  }

  update(id: string, change: VolumeUpdate, options?: CallOptions): Promise<Volume> {
    const { name, description, metadata } = change;
    return this.#all.update('PUT', id, { name, description, metadata }, options);
  }

  /** Answers while the volume is still `deleting`. */
  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }

  /** How it is encrypted; undefined: it isn't. */
  encryption(id: string, options?: CallOptions): Promise<VolumeEncryption | undefined> {
    return this.#service.request(
      { method: 'GET', path: ['volumes', id, 'encryption'] },
      parseVolumeEncryption,
      options,
    );
  }

  /** Makes it larger, also while it is in use. Answers while it is still `extending`. */
  extend(id: string, sizeGiB: number, options?: CallOptions): Promise<void> {
    return this.#action(id, 'os-extend', { new_size: sizeGiB }, options, EXTEND_IN_USE);
  }

  /** `onDemand`: its data moves to another backend if the new type needs that. */
  retype(
    id: string,
    volumeType: string,
    migration: 'never' | 'on-demand' = 'never',
    options?: CallOptions,
  ): Promise<void> {
    return this.#action(id, 'os-retype', { new_type: volumeType, migration_policy: migration }, options);
  }

  setBootable(id: string, bootable: boolean, options?: CallOptions): Promise<void> {
    return this.#action(id, 'os-set_bootable', { bootable }, options);
  }

  setReadOnly(id: string, readonly: boolean, options?: CallOptions): Promise<void> {
    return this.#action(id, 'os-update_readonly_flag', { readonly }, options);
  }

  /** Writes states into Cinder's database, whatever the truth is. Only admins may. */
  resetStatus(
    id: string,
    { status, attachStatus: attach_status }: VolumeStateReset,
    options?: CallOptions,
  ): Promise<void> {
    return this.#action(id, 'os-reset_status', { status, attach_status }, options);
  }

  /** Deletes it in any state. Only admins may. */
  forceDelete(id: string, options?: CallOptions): Promise<void> {
    return this.#action(id, 'os-force_delete', {}, options);
  }

  /**
   * Waits until a volume has a status. ResourceFailedError, with Cinder's message if it left one: it went into an error state.
   */
  waitFor(volume: string | { readonly id: string }, status: string, options?: WaitOptions): Promise<Volume> {
    const id = idOf(volume);
    return waitUntil(this.#awaited(id, `volume ${id} to become ${status}`, status), options);
  }

  /** Waits until a volume is gone. */
  waitUntilDeleted(volume: string | { readonly id: string }, options?: WaitOptions): Promise<void> {
    const id = idOf(volume);
    return waitUntilGone(this.#awaited(id, `volume ${id} to be deleted`, undefined), options);
  }

  #action(
    id: string,
    name: string,
    parameters: object,
    options: CallOptions | undefined,
    microversion?: string,
  ): Promise<void> {
    const request = { method: 'POST', path: ['volumes', id, 'action'], body: { [name]: parameters } } as const;
    return this.#service.command({ ...request, ...(microversion === undefined ? {} : { microversion }) }, options);
  }

  #awaited(id: string, what: string, status: string | undefined): Awaited<Volume> {
    return {
      what: `block-storage: ${what}`,
      service: 'block-storage',
      look: (options) => this.get(id, options),
      done: (volume) => volume.status === status,
      failure: (volume, options) =>
        volume.status.startsWith('error') ? reasonOfError(this.#messages, id, options) : undefined,
      describe: (volume) => volume.status,
    };
  }
}

/** The base is no microversion at all: then nothing is said about it. */
function versionOf(since: VolumeMicroversion | undefined): object {
  return since === undefined ? {} : microversionOf('3.0', since);
}

/** Cinder reads this filter as Python's literal. */
function pythonDictionary(metadata: Readonly<Record<string, string>>): string {
  const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const pairs = Object.entries(metadata).map(([key, value]) => `${quoted(key)}: ${quoted(value)}`);
  return `{${pairs.join(', ')}}`;
}
