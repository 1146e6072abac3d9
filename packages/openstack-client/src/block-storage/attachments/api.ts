import type { CallOptions, ListOptions, SinceOptions } from '../../call-options.ts';
import type { Listing } from '../../service/listing.ts';
import { microversionOf } from '../../service/microversion.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type {
  Attachment,
  AttachmentCreate,
  AttachmentCreateMicroversion,
  AttachmentCreateSince354,
  AttachmentCreatesByMicroversion,
  AttachmentFilter,
  AttachmentSummary,
  Connector,
} from './model.ts';
import { parseAttachment, parseAttachmentSummary } from './wire.ts';

/** 3.27 has attachments, 3.44 `os-complete`; Nova uses 3.44 for all of them, and so does this. */
const MICROVERSION = '3.44';

/** @see https://docs.openstack.org/api-ref/block-storage/v3/#attachments */
export class AttachmentsApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  get(id: string, options?: CallOptions): Promise<Attachment> {
    return this.#service.request(
      { method: 'GET', path: ['attachments', id], microversion: MICROVERSION },
      (answer) => parseAttachment(answer.object('attachment')),
      options,
    );
  }

  list(filter: AttachmentFilter = {}, options?: ListOptions): Listing<AttachmentSummary> {
    const query = {
      volume_id: filter.volumeId,
      instance_id: filter.instanceId,
      // By the name `status` Cinder finds nothing, ever: its table has another one.
      attach_status: filter.status,
      all_tenants: filter.allProjects === true ? '1' : undefined,
    };
    return listAll(
      this.#service,
      { method: 'GET', path: ['attachments'], query, microversion: MICROVERSION },
      'attachments',
      parseAttachmentSummary,
      { ...options, style: 'marker' },
    );
  }

  /**
   * Reserves the volume and, with a connector, connects it. BadRequestError: the volume is not available. The answer's
   * status is `reserved` even with a connector; only a later `get` says `attaching`.
   */
  create(attachment: AttachmentCreate, options?: CallOptions): Promise<Attachment>;
  create<M extends AttachmentCreateMicroversion>(
    attachment: AttachmentCreatesByMicroversion[M],
    options: CallOptions & SinceOptions<M>,
  ): Promise<Attachment>;
  create(
    attachment: AttachmentCreateSince354,
    options: CallOptions & Partial<SinceOptions<AttachmentCreateMicroversion>> = {},
  ): Promise<Attachment> {
    const { volumeId: volume_uuid, connector, instanceId: instance_uuid, attachMode: mode } = attachment;
    return this.#service.request(
      {
        method: 'POST',
        path: ['attachments'],
        body: { attachment: { volume_uuid, connector, instance_uuid, mode } },
        ...microversionOf(MICROVERSION, options.since),
      },
      (answer) => parseAttachment(answer.object('attachment')),
      options,
    );
  }

  /** Connects a reserved volume to the connector's host. The answer has `connectionInfo`, and still says `reserved`. */
  update(id: string, connector: Connector, options?: CallOptions): Promise<Attachment> {
    return this.#service.request(
      {
        method: 'PUT',
        path: ['attachments', id],
        microversion: MICROVERSION,
        body: { attachment: { connector } },
        // A proxy may answer 504 while Cinder is still connecting: a second one beside it would connect twice.
        repeatable: false,
      },
      (answer) => parseAttachment(answer.object('attachment')),
      options,
    );
  }

  /** Says that the volume is in use now (`os-complete`). */
  complete(id: string, options?: CallOptions): Promise<void> {
    return this.#service.command(
      {
        method: 'POST',
        path: ['attachments', id, 'action'],
        microversion: MICROVERSION,
        body: { 'os-complete': null },
      },
      options,
    );
  }

  /**
   * Disconnects and forgets the attachment; answers the volume's remaining ones. ConflictError (Cinder's
   * ConflictNovaUsingAttachment): Nova uses it and this call doesn't come from Nova.
   */
  delete(id: string, options?: CallOptions): Promise<AttachmentSummary[]> {
    return this.#service.request(
      { method: 'DELETE', path: ['attachments', id], microversion: MICROVERSION },
      (answer) => answer.list('attachments', parseAttachmentSummary),
      options,
    );
  }
}
