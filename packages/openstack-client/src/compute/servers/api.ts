import type { CallOptions, ListOptions, SinceOptions } from '../../call-options.ts';
import { allTenants, Collection } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import { microversionOf } from '../../service/microversion.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import { type Awaited, idOf, type WaitOptions, waitUntil, waitUntilGone } from '../../service/wait.ts';
import { ServerActionsApi } from '../server-actions/api.ts';
import { VolumeAttachmentsApi } from '../volume-attachments/api.ts';
import type { ServerVolume } from '../volume-attachments/model.ts';
import {
  type ServerCreate,
  type ServerCreateMicroversion,
  type ServerCreatesByMicroversion,
  writeServerCreate,
} from './create.ts';
import type { Server, ServerFilter, ServerMicroversion, ServersByMicroversion, ServerUpdate } from './model.ts';
import { parseServer, SERVER_PARSERS } from './wire.ts';

/** From here on a server holds its flavor with extra specs, not a link to one that may have changed since. */
const BASE = '2.47';

type Since<M extends string> = SinceOptions<M>;

/** @see https://docs.openstack.org/api-ref/compute/#servers-servers */
export class ServersApi extends ServerActionsApi {
  readonly #service: ServiceClient;
  readonly #all: Collection<Server>;
  readonly #volumes: VolumeAttachmentsApi;

  constructor(service: ServiceClient) {
    super(service);
    this.#service = service;
    const shape = { path: ['servers'], one: 'server', many: 'servers', parse: parseServer, microversion: BASE };
    this.#all = new Collection(service, shape);
    this.#volumes = new VolumeAttachmentsApi(service);
  }

  get(id: string, options?: CallOptions): Promise<Server>;
  get<M extends ServerMicroversion>(id: string, options: CallOptions & Since<M>): Promise<ServersByMicroversion[M]>;
  get(id: string, options: CallOptions & Partial<Since<ServerMicroversion>> = {}): Promise<Server> {
    const parse = SERVER_PARSERS[options.since ?? BASE];
    return this.#service.request(
      { method: 'GET', path: ['servers', id], ...microversionOf(BASE, options.since) },
      (answer) => parse(answer.object('server')),
      options,
    );
  }

  list(filter?: ServerFilter, options?: ListOptions): Listing<Server>;
  list<M extends ServerMicroversion>(
    filter: ServerFilter,
    options: ListOptions & Since<M>,
  ): Listing<ServersByMicroversion[M]>;
  list(
    filter: ServerFilter = {},
    { since, ...options }: ListOptions & Partial<Since<ServerMicroversion>> = {},
  ): Listing<Server> {
    const query = {
      name: filter.name,
      status: filter.status,
      flavor: filter.flavorId,
      image: filter.imageId,
      host: filter.host,
      project_id: filter.projectId,
      'changes-since': filter.changedSince?.toISOString(),
      all_tenants: allTenants(filter.allProjects),
    };
    const request = { method: 'GET', path: ['servers', 'detail'], query, ...microversionOf(BASE, since) } as const;
    const parse: (item: Parameters<typeof parseServer>[0]) => Server = SERVER_PARSERS[since ?? BASE];
    return listAll(this.#service, request, 'servers', parse, options);
  }

  /** Answers the id while the server is still in `BUILD`. */
  create(server: ServerCreate, options?: CallOptions): Promise<{ readonly id: string }>;
  create<M extends ServerCreateMicroversion>(
    server: ServerCreatesByMicroversion[M],
    options: CallOptions & Since<M>,
  ): Promise<{ readonly id: string }>;
  create(
    server: ServerCreate,
    options: CallOptions & Partial<Since<ServerCreateMicroversion>> = {},
  ): Promise<{ readonly id: string }> {
    const secrets = server.userData === undefined ? [] : [server.userData];
    const body = { server: writeServerCreate(server) };
    return this.#service.request(
      { method: 'POST', path: ['servers'], body, secrets, ...microversionOf(BASE, options.since) },
      (answer) => ({ id: answer.object('server').string('id') }),
      options,
    );
  }

  /** Answers the server as it is then, without flavor and status on old clouds: hence only its id. */
  async update(id: string, change: ServerUpdate, options?: CallOptions): Promise<void> {
    const { name, description } = change;
    const body = { server: { name, description } };
    await this.#service.command({ method: 'PUT', path: ['servers', id], body, microversion: BASE }, options);
  }

  /** Answers while the server is still being deleted; see {@link ServersApi.waitUntilDeleted}. */
  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }

  /** Adds or replaces metadata; other keys stay. */
  setMetadata(id: string, metadata: Readonly<Record<string, string>>, options?: CallOptions): Promise<void> {
    const path = ['servers', id, 'metadata'];
    return this.#service.command({ method: 'POST', path, body: { metadata }, microversion: BASE }, options);
  }

  /**
   * Waits until a server has a status and nothing more is being done with it. ResourceFailedError, with Nova's reason: it
   * went into `ERROR`.
   */
  waitFor(server: string | { readonly id: string }, status: string, options?: WaitOptions): Promise<Server> {
    const id = idOf(server);
    return waitUntil(this.#awaited(id, `server ${id} to become ${status}`, status), options);
  }

  /** Waits until a server is gone. */
  waitUntilDeleted(server: string | { readonly id: string }, options?: WaitOptions): Promise<void> {
    const id = idOf(server);
    return waitUntilGone(this.#awaited(id, `server ${id} to be deleted`, 'DELETED'), options);
  }

  /** Attaches a volume, as a user does. Answers when Nova has reserved it; it is attached when it is `in-use`. */
  attachVolume(serverId: string, volumeId: string, options?: CallOptions): Promise<ServerVolume> {
    return this.#volumes.create(serverId, { volumeId }, options);
  }

  /** Detaches a volume, as a user does. Answers when Nova has begun; it is detached when it is `available`. */
  detachVolume(serverId: string, volumeId: string, options?: CallOptions): Promise<void> {
    return this.#volumes.delete(serverId, volumeId, options);
  }

  /** The volumes that Nova knows to be attached to a server. */
  listVolumes(serverId: string, options?: CallOptions): Promise<ServerVolume[]> {
    return this.#volumes.list(serverId, options);
  }

  #awaited(id: string, what: string, status: string): Awaited<Server> {
    return {
      what: `compute: ${what}`,
      service: 'compute',
      look: (options) => this.get(id, options),
      done: (server) => server.status === status && server.taskState === undefined,
      failure: (server) =>
        server.status === 'ERROR' && status !== 'ERROR' && server.taskState === undefined
          ? (server.faultMessage ?? 'Nova gives no reason')
          : undefined,
      describe: ({ status: now, taskState }) => (taskState === undefined ? now : `${now} (${taskState})`),
    };
  }
}
