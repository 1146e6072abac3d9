import type { WireReader } from '../../wire/reader.ts';
import type { Attachment, AttachmentSummary } from './model.ts';

export function parseAttachmentSummary(attachment: WireReader): AttachmentSummary {
  return {
    id: attachment.string('id'),
    status: attachment.string('status'),
    instanceId: attachment.optionalString('instance'),
    volumeId: attachment.string('volume_id'),
    raw: attachment.raw,
  };
}

export function parseAttachment(attachment: WireReader): Attachment {
  const mode = attachment.optionalString('attach_mode');
  return {
    ...parseAttachmentSummary(attachment),
    attachMode: mode === 'rw' || mode === 'ro' ? mode : undefined,
    attachedAt: attachment.optionalDate('attached_at'),
    connectionInfo: attachment.optionalObject('connection_info')?.raw ?? {},
  };
}
