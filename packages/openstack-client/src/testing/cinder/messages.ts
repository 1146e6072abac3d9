import type { WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { notFound } from '../http/fault.ts';
import { pageOf } from '../http/paging.ts';
import type { RouteTable } from '../http/routes.ts';
import { isAdmin } from '../keystone/model.ts';
import type { CinderDatabase } from './database.ts';
import type { FakeMessage } from './model.ts';

/** `/messages`: what users are told about work that failed. */
export function messageRoutes(database: CinderDatabase): RouteTable {
  const { messages } = database;
  const visible = (request: FakeRequest, { projectId }: FakeMessage): boolean =>
    projectId === request.token?.project.id || isAdmin(request.token);
  const existing = (request: FakeRequest, id: string): FakeMessage => {
    const message = messages.get(id);
    if (message === undefined || !visible(request, message)) throw notFound(`Message ${id} could not be found.`);
    return message;
  };
  return {
    'GET /messages': (request) => {
      const wanted = request.query.get('resource_uuid');
      const found = messages
        .all()
        .reverse()
        .filter(({ projectId }) => projectId === request.token?.project.id)
        .filter(({ resourceId }) => wanted === null || resourceId === wanted);
      return { status: 200, body: pageOf(request, 'messages', found, write) };
    },
    'GET /messages/:id': (request, parameter) => ({
      status: 200,
      body: { message: write(existing(request, parameter('id'))) },
    }),
    'DELETE /messages/:id': (request, parameter) => {
      messages.delete(existing(request, parameter('id')).id);
      return { status: 204 };
    },
  };
}

function write(message: FakeMessage): WireRecord {
  const time = (ms: number): string => new Date(ms).toISOString().replace('Z', '000');
  const createdMs = message.createdAt.getTime();
  return {
    id: message.id,
    event_id: message.eventId,
    user_message: message.text,
    message_level: 'ERROR',
    created_at: time(createdMs),
    guaranteed_until: time(createdMs + 30 * 86_400_000),
    request_id: message.requestId,
    resource_type: 'VOLUME',
    resource_uuid: message.resourceId,
  };
}
