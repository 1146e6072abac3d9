import { answersNothing, type Route, takesBody } from '@iorcl/api';
import type { Logger } from '@iorcl/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { audited } from './audit.ts';
import type { Authentication } from './authentication.ts';
import { parse } from './parse.ts';
import { requireRight } from './require-right.ts';

/** A request whose parts have been parsed by the route's schemas. */
export interface RouteCall<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly requestId: string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export interface RegisterOptions {
  readonly authentication: Authentication;
  readonly logger: Logger;
}

/** Path as the router wants it. */
export function routerPath({ path }: Pick<Route, 'path'>): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

/** Answers a route of the API's table: right, then form, then what it does; a change is audited. */
export function registerRoute<Params, Query, Body, Answer>(
  server: FastifyInstance,
  { authentication, logger }: RegisterOptions,
  route: Route<Params, Query, Body, Answer>,
  handle: (call: RouteCall<Params, Query, Body>) => Promise<Answer> | Answer,
): void {
  server.route({
    method: route.method,
    url: routerPath(route),
    ...(route.right === 'none' ? {} : { onRequest: requireRight(authentication, route.right) }),
    handler: async (request, reply) => {
      const params = parse('path', route.params, request.params);
      const query = parse('query', route.query, request.query);
      const body = parse('body', route.body, takesBody(route) ? (request.body ?? {}) : undefined);
      const call = { params, query, body, requestId: request.id, request, reply };
      const run = (): Promise<Answer> | Answer => handle(call);
      const answer =
        route.right === 'change'
          ? await audited(logger, request, route.summary, auditFacts(params, body), run)
          : await run();
      return answersNothing(route) ? reply.status(204).send() : reply.send(answer);
    },
  });
}

/** The path names attachments `id`; a log line has more than one kind of them. */
function auditFacts(params: unknown, body: unknown): Readonly<Record<string, unknown>> {
  const { id, ...rest } = { ...(isRecord(params) ? params : {}), ...(isRecord(body) ? body : {}) };
  return id === undefined ? rest : { attachmentId: id, ...rest };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
