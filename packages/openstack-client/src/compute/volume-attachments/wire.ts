import type { WireReader } from '../../wire/reader.ts';
import type { ServerVolume } from './model.ts';

export function parseServerVolume(attachment: WireReader): ServerVolume {
  return {
    serverId: attachment.string('serverId'),
    volumeId: attachment.string('volumeId'),
    device: attachment.optionalString('device'),
    attachmentId: attachment.optionalString('attachment_id'),
    deleteOnTermination: attachment.optionalBoolean('delete_on_termination'),
    raw: attachment.raw,
  };
}
