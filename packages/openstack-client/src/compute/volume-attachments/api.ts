import type { CallOptions } from '../../call-options.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { ServerVolume } from './model.ts';
import { parseServerVolume } from './wire.ts';

/** From 2.89 on a list names Cinder's attachment. */
const LIST_MICROVERSION = '2.89';

/** @see https://docs.openstack.org/api-ref/compute/#servers-with-volume-attachments-servers-os-volume-attachments */
export class VolumeAttachmentsApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  list(serverId: string, options?: CallOptions): Promise<ServerVolume[]> {
    const path = ['servers', serverId, 'os-volume_attachments'];
    const request = { method: 'GET', path, microversion: LIST_MICROVERSION } as const;
    return listAll(this.#service, request, 'volumeAttachments', parseServerVolume, options);
  }

  create(serverId: string, volumeId: string, options?: CallOptions): Promise<ServerVolume> {
    return this.#service.request(
      {
        method: 'POST',
        path: ['servers', serverId, 'os-volume_attachments'],
        body: { volumeAttachment: { volumeId } },
      },
      (answer) => parseServerVolume(answer.object('volumeAttachment')),
      options,
    );
  }

  delete(serverId: string, volumeId: string, options?: CallOptions): Promise<void> {
    const path = ['servers', serverId, 'os-volume_attachments', volumeId];
    return this.#service.command({ method: 'DELETE', path }, options);
  }
}
