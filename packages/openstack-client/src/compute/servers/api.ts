import type { CallOptions } from '../../call-options.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import { VolumeAttachmentsApi } from '../volume-attachments/api.ts';
import type { ServerVolume } from '../volume-attachments/model.ts';
import type { Server, ServerCreate, ServerFilter } from './model.ts';
import { parseServer, writeServerCreate } from './wire.ts';

/** From here on a server holds its flavor with extra specs, not a link to one that may have changed since. */
const MICROVERSION = '2.47';

/** @see https://docs.openstack.org/api-ref/compute/#servers-servers */
export class ServersApi {
  readonly #service: ServiceClient;
  readonly #volumes: VolumeAttachmentsApi;

  constructor(service: ServiceClient) {
    this.#service = service;
    this.#volumes = new VolumeAttachmentsApi(service);
  }

  get(id: string, options?: CallOptions): Promise<Server> {
    return this.#service.request(
      { method: 'GET', path: ['servers', id], microversion: MICROVERSION },
      (answer) => parseServer(answer.object('server')),
      options,
    );
  }

  list(filter: ServerFilter = {}, options?: CallOptions): Promise<Server[]> {
    const query = { name: filter.name, host: filter.host, all_tenants: filter.allProjects === true ? '1' : undefined };
    return listAll(
      this.#service,
      { method: 'GET', path: ['servers', 'detail'], query, microversion: MICROVERSION },
      'servers',
      parseServer,
      options,
    );
  }

  /** Answers the id while the server is still in `BUILD`. */
  create(server: ServerCreate, options?: CallOptions): Promise<{ readonly id: string }> {
    return this.#service.request(
      { method: 'POST', path: ['servers'], microversion: MICROVERSION, body: { server: writeServerCreate(server) } },
      (answer) => ({ id: answer.object('server').string('id') }),
      options,
    );
  }

  /** Answers while the server is still being deleted. */
  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#service.command({ method: 'DELETE', path: ['servers', id], microversion: MICROVERSION }, options);
  }

  /** Attaches a volume, as a user does. Answers when Nova has reserved it; it is attached when it is `in-use`. */
  attachVolume(serverId: string, volumeId: string, options?: CallOptions): Promise<ServerVolume> {
    return this.#volumes.create(serverId, volumeId, options);
  }

  /** Detaches a volume, as a user does. Answers when Nova has begun; it is detached when it is `available`. */
  detachVolume(serverId: string, volumeId: string, options?: CallOptions): Promise<void> {
    return this.#volumes.delete(serverId, volumeId, options);
  }

  /** The volumes that Nova knows to be attached to a server. */
  listVolumes(serverId: string, options?: CallOptions): Promise<ServerVolume[]> {
    return this.#volumes.list(serverId, options);
  }
}
