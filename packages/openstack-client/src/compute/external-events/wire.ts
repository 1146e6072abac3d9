import type { WireReader } from '../../wire/reader.ts';
import type { ExternalEvent, ExternalEventResult } from './model.ts';

export function parseExternalEventResult(event: WireReader): ExternalEventResult {
  const code = event.integer('code');
  return { name: event.string('name'), serverId: event.string('server_uuid'), code, raw: event.raw };
}

export function writeExternalEvent({ name, serverId: server_uuid, status, tag }: ExternalEvent<string>): object {
  return { name, server_uuid, status, tag };
}
