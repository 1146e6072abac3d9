import type { WireReader } from '../../wire/reader.ts';
import type { Message } from './model.ts';

export function parseMessage(message: WireReader): Message {
  return {
    id: message.string('id'),
    eventId: message.string('event_id'),
    text: message.string('user_message'),
    level: message.string('message_level'),
    resourceType: message.optionalString('resource_type'),
    resourceId: message.optionalString('resource_uuid'),
    requestId: message.optionalString('request_id'),
    createdAt: message.optionalDate('created_at'),
    guaranteedUntil: message.optionalDate('guaranteed_until'),
    raw: message.raw,
  };
}
