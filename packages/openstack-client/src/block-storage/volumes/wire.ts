import type { WireReader } from '../../wire/reader.ts';
import type { Volume } from './model.ts';

export function parseVolume(volume: WireReader): Volume {
  return {
    id: volume.string('id'),
    name: volume.optionalString('name'),
    status: volume.string('status'),
    sizeGiB: volume.integer('size'),
    volumeType: volume.optionalString('volume_type'),
    multiattach: volume.booleanOr('multiattach', false),
    encrypted: volume.booleanOr('encrypted', false),
    bootable: volume.optionalString('bootable') === 'true',
    attachments: volume.list('attachments', (attachment) => ({
      attachmentId: attachment.string('attachment_id'),
      serverId: attachment.optionalString('server_id'),
      hostName: attachment.optionalString('host_name'),
      device: attachment.optionalString('device'),
    })),
    host: volume.optionalString('os-vol-host-attr:host'),
    projectId: volume.optionalString('os-vol-tenant-attr:tenant_id'),
    metadata: volume.has('metadata') ? volume.stringRecord('metadata') : {},
    raw: volume.raw,
  };
}
