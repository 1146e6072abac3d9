import type { CallOptions, SinceOptions } from '../../call-options.ts';
import type { Listing } from '../../service/listing.ts';
import { microversionOf } from '../../service/microversion.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type {
  ServerVolume,
  ServerVolumeCreate,
  ServerVolumeCreateMicroversion,
  ServerVolumeCreateSince279,
  ServerVolumeCreatesByMicroversion,
} from './model.ts';
import { parseServerVolume } from './wire.ts';

/** From here on volumes can have a tag (2.49), be of a shelved server (2.20), and of several servers at a time (2.60). */
const BASE = '2.60';
/** From 2.89 on answers name Cinder's attachment. */
const SHOW_MICROVERSION = '2.89';
/** From 2.85 on a change need not name the volume twice as if it were swapped. */
const UPDATE_MICROVERSION = '2.85';

/** @see https://docs.openstack.org/api-ref/compute/#servers-with-volume-attachments-servers-os-volume-attachments */
export class VolumeAttachmentsApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  get(serverId: string, volumeId: string, options?: CallOptions): Promise<ServerVolume> {
    return this.#service.request(
      { method: 'GET', path: pathOf(serverId, volumeId), microversion: SHOW_MICROVERSION },
      (answer) => parseServerVolume(answer.object('volumeAttachment')),
      options,
    );
  }

  list(serverId: string, options?: CallOptions): Listing<ServerVolume> {
    const request = { method: 'GET', path: pathOf(serverId), microversion: SHOW_MICROVERSION } as const;
    return listAll(this.#service, request, 'volumeAttachments', parseServerVolume, options);
  }

  /** Answers when Nova has reserved the volume; it is attached when it is `in-use`. */
  create(serverId: string, attachment: ServerVolumeCreate, options?: CallOptions): Promise<ServerVolume>;
  create<M extends ServerVolumeCreateMicroversion>(
    serverId: string,
    attachment: ServerVolumeCreatesByMicroversion[M],
    options: CallOptions & SinceOptions<M>,
  ): Promise<ServerVolume>;
  create(
    serverId: string,
    attachment: ServerVolumeCreateSince279,
    options: CallOptions & Partial<SinceOptions<ServerVolumeCreateMicroversion>> = {},
  ): Promise<ServerVolume> {
    const { volumeId, device, tag, deleteOnTermination: delete_on_termination } = attachment;
    const body = { volumeAttachment: { volumeId, device, tag, delete_on_termination } };
    return this.#service.request(
      { method: 'POST', path: pathOf(serverId), body, ...microversionOf(BASE, options.since) },
      (answer) => parseServerVolume(answer.object('volumeAttachment')),
      options,
    );
  }

  setDeleteOnTermination(
    serverId: string,
    volumeId: string,
    deleteOnTermination: boolean,
    options?: CallOptions,
  ): Promise<void> {
    const body = { volumeAttachment: { volumeId, delete_on_termination: deleteOnTermination } };
    const request = { method: 'PUT', path: pathOf(serverId, volumeId), microversion: UPDATE_MICROVERSION } as const;
    return this.#service.command({ ...request, body }, options);
  }

  /** Answers when Nova has begun; the volume is detached when it is `available`. */
  delete(serverId: string, volumeId: string, options?: CallOptions): Promise<void> {
    return this.#service.command({ method: 'DELETE', path: pathOf(serverId, volumeId), microversion: BASE }, options);
  }
}

function pathOf(serverId: string, ...below: readonly string[]): string[] {
  return ['servers', serverId, 'os-volume_attachments', ...below];
}
