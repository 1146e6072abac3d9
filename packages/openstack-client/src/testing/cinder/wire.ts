import type { WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { isAdmin } from '../keystone/model.ts';
import type { FakeAttachment, FakeVolume } from './model.ts';

/** Whole seconds and no zone, as Cinder's database gives it. */
export function cinderTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}.000000`;
}

export function writeAttachmentSummary(attachment: FakeAttachment): WireRecord {
  return {
    id: attachment.id,
    status: attachment.status,
    instance: attachment.instanceId ?? null,
    volume_id: attachment.volumeId,
  };
}

export function writeAttachment(attachment: FakeAttachment): WireRecord {
  return {
    ...writeAttachmentSummary(attachment),
    attached_at: attachment.attachedAt === undefined ? '' : cinderTime(attachment.attachedAt),
    detached_at: '',
    attach_mode: attachment.attachMode,
    connection_info: attachment.connectionInfo,
  };
}

/** What a volume's answer says beside its own row. */
export interface VolumeSurroundings {
  readonly attachments: readonly FakeAttachment[];
  readonly backend: string;
  readonly serviceId: string;
  readonly typeId: string | null;
  /** The answer to a change lacks what only the database knows. */
  readonly created: boolean;
}

export function writeVolume(
  request: FakeRequest,
  volume: FakeVolume,
  { attachments, backend, serviceId, typeId, created }: VolumeSurroundings,
): WireRecord {
  const admin = isAdmin(request.token);
  const project = request.token?.project.id ?? '';
  return {
    id: volume.id,
    status: volume.status,
    size: volume.sizeGiB,
    availability_zone: 'nova',
    created_at: cinderTime(volume.createdAt),
    updated_at: volume.updatedAt === undefined ? null : cinderTime(volume.updatedAt),
    name: volume.name,
    description: volume.description,
    volume_type: volume.type,
    snapshot_id: null,
    source_volid: null,
    metadata: volume.metadata,
    links: [
      { rel: 'self', href: `${request.origin}/v3/${project}/volumes/${volume.id}` },
      { rel: 'bookmark', href: `${request.origin}/${project}/volumes/${volume.id}` },
    ],
    user_id: volume.userId,
    bootable: String(volume.bootable && volume.status !== 'creating'),
    encrypted: volume.encrypted,
    replication_status: null,
    consistencygroup_id: null,
    multiattach: volume.multiattach,
    attachments: attachments
      .filter(({ status }) => status === 'attached')
      .map((attachment) => writeAttachmentOfVolume(attachment, admin)),
    ...(admin ? { migration_status: null } : {}),
    ...(request.minor >= 13 ? { group_id: null } : {}),
    ...(request.minor >= 21 && admin ? { provider_id: null } : {}),
    ...(request.minor >= 48 ? { shared_targets: false, service_uuid: serviceId } : {}),
    ...(request.minor >= 63 ? { volume_type_id: typeId } : {}),
    ...(request.minor >= 65 ? { consumes_quota: true } : {}),
    ...(created ? {} : databaseFields(volume, admin, backend)),
  };
}

function writeAttachmentOfVolume(attachment: FakeAttachment, admin: boolean): WireRecord {
  return {
    id: attachment.volumeId,
    attachment_id: attachment.id,
    volume_id: attachment.volumeId,
    server_id: attachment.instanceId ?? null,
    host_name: admin ? (attachment.host ?? null) : null,
    device: attachment.mountpoint ?? null,
    attached_at: attachment.attachedAt === undefined ? null : cinderTime(attachment.attachedAt),
  };
}

function databaseFields(volume: FakeVolume, admin: boolean, backend: string): WireRecord {
  const placed = volume.updatedAt !== undefined;
  return {
    'os-vol-tenant-attr:tenant_id': volume.projectId,
    ...(admin
      ? {
          'os-vol-mig-status-attr:migstat': null,
          'os-vol-mig-status-attr:name_id': null,
          'os-vol-host-attr:host': placed ? `storage@${backend}#${backend}` : null,
        }
      : {}),
    ...(volume.imageMetadata === undefined || volume.status === 'creating'
      ? {}
      : { volume_image_metadata: volume.imageMetadata }),
  };
}
