import http from 'node:http';
import https from 'node:https';
import type { Host } from '@iorcl/api';
import { describeError, type Logger, requestIdFrom } from '@iorcl/service';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Attachments } from '../attachment/attachments.ts';
import type { Caller } from '../cloud/contract.ts';
import type { Authentication } from './authentication.ts';
import { errorAnswer } from './error-answer.ts';
import type { Health } from './health.ts';
import { HttpError } from './http-error.ts';
import { attachmentRoutes } from './routes/attachments.ts';
import { healthcheckRoute } from './routes/healthcheck.ts';
import { hostRoutes } from './routes/hosts.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling; null on routes that ask nobody. */
    caller: Caller | null;
  }
}

export interface ServerOptions {
  readonly attachments: Attachments;
  readonly authentication: Authentication;
  readonly health: Health;
  readonly logger: Logger;
  readonly hosts: () => readonly Host[];
  /** PEM; without it plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

/** How long a request may take to arrive whole. */
const LIMITS: http.ServerOptions = { requestTimeout: 30_000, connectionsCheckingInterval: 5_000 };

const BODY_LIMIT_BYTES = 64 * 1024;

/** The HTTP API v1. Errors are `{error: {code, message, requestId}}`, and each answer has X-OpenStack-Request-ID. */
export function createServer(options: ServerOptions): FastifyInstance {
  const { logger, tls } = options;
  const server = Fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    genReqId: (request) => requestIdFrom(request.headers['x-openstack-request-id']),
    // Fastify leaves all limits of a server of ours to us.
    serverFactory: (handler) =>
      tls === undefined ? http.createServer(LIMITS, handler) : https.createServer({ ...LIMITS, ...tls }, handler),
    // Errors from before routing, such as a URL that can't be decoded.
    frameworkErrors: (error, request, reply) => {
      const { status, body } = errorAnswer(error, request.id);
      reply.hijack();
      reply.raw.writeHead(status, { 'content-type': 'application/json', 'x-openstack-request-id': request.id });
      reply.raw.end(JSON.stringify(body));
    },
  });
  server.removeContentTypeParser('text/plain');
  server.decorateRequest('caller', null);
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-openstack-request-id', request.id);
  });
  server.setErrorHandler((error, request, reply) => {
    const { status, body } = errorAnswer(error, request.id);
    const line = `${request.method} ${request.url} answered ${status} ${body.error.code}: ${describeError(error)}`;
    if (status >= 500) logger.error(line, { requestId: request.id });
    else logger.info(line, { requestId: request.id });
    return reply.status(status).send(body);
  });
  server.setNotFoundHandler((request) => {
    throw new HttpError('not_found', `There is no ${request.method} ${request.url} in this API.`);
  });
  healthcheckRoute(server, options);
  attachmentRoutes(server, options);
  hostRoutes(server, options);
  return server;
}
