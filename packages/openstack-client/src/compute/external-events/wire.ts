import type { WireReader } from '../../wire/reader.ts';
import type { ExternalEvent, ExternalEventResult } from './model.ts';

export function parseExternalEventResult(event: WireReader): ExternalEventResult {
  return { name: event.string('name'), serverId: event.string('server_uuid'), code: event.integer('code') };
}

export function writeExternalEvent({ name, serverId: server_uuid, status, tag }: ExternalEvent<string>): object {
  return { name, server_uuid, status, tag };
}
