import type { CallOptions, ListOptions } from '../../call-options.ts';
import { allTenants, Collection } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import { type Awaited, idOf, type WaitOptions, waitUntil, waitUntilGone } from '../../service/wait.ts';
import { MessagesApi, reasonOfError } from '../messages/api.ts';
import type { Snapshot, SnapshotCreate, SnapshotFilter, SnapshotUpdate } from './model.ts';
import { parseSnapshot, writeSnapshot } from './wire.ts';

/** @see https://docs.openstack.org/api-ref/block-storage/v3/#volume-snapshots-snapshots */
export class SnapshotsApi {
  readonly #all: Collection<Snapshot>;
  readonly #messages: MessagesApi;

  constructor(service: ServiceClient) {
    this.#messages = new MessagesApi(service);
    this.#all = new Collection(service, {
      path: ['snapshots'],
      listPath: ['snapshots', 'detail'],
      one: 'snapshot',
      many: 'snapshots',
      parse: parseSnapshot,
    });
  }

  get(id: string, options?: CallOptions): Promise<Snapshot> {
    return this.#all.get(id, options);
  }

  list(filter: SnapshotFilter = {}, options?: ListOptions): Listing<Snapshot> {
    const { volumeId: volume_id, name, status } = filter;
    return this.#all.list({ volume_id, name, status, all_tenants: allTenants(filter.allProjects) }, options);
  }

  /** Answers while the snapshot is still `creating`. BadRequestError: the volume is in use and `force` is not set. */
  create(snapshot: SnapshotCreate, options?: CallOptions): Promise<Snapshot> {
    return this.#all.create(writeSnapshot(snapshot), options);
  }

  update(id: string, { name, description }: SnapshotUpdate, options?: CallOptions): Promise<Snapshot> {
    return this.#all.update('PUT', id, { name, description }, options);
  }

  /** Answers while the snapshot is still `deleting`. */
  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }

  /**
   * Waits until a snapshot has a status. ResourceFailedError, with Cinder's message if it left one: it went into an error state.
   */
  waitFor(snapshot: string | { readonly id: string }, status: string, options?: WaitOptions): Promise<Snapshot> {
    const id = idOf(snapshot);
    return waitUntil(this.#awaited(id, `snapshot ${id} to become ${status}`, status), options);
  }

  /** Waits until a snapshot is gone. */
  waitUntilDeleted(snapshot: string | { readonly id: string }, options?: WaitOptions): Promise<void> {
    const id = idOf(snapshot);
    return waitUntilGone(this.#awaited(id, `snapshot ${id} to be deleted`, undefined), options);
  }

  #awaited(id: string, what: string, status: string | undefined): Awaited<Snapshot> {
    return {
      what: `block-storage: ${what}`,
      service: 'block-storage',
      look: (options) => this.get(id, options),
      done: (snapshot) => snapshot.status === status,
      failure: (snapshot, options) =>
        snapshot.status.startsWith('error') ? reasonOfError(this.#messages, id, options) : undefined,
      describe: (snapshot) => snapshot.status,
    };
  }
}
