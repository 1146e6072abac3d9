import http from 'node:http';
import https from 'node:https';
import type { Driver } from '@iorcl/api';
import { describeError, type Logger, requestIdFrom } from '@iorcl/service';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Caller } from '../cloud/contract.ts';
import type { EventLog } from '../events/event-log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Authentication } from './authentication.ts';
import { errorAnswer } from './error-answer.ts';
import type { Health } from './health.ts';
import { HttpError } from './http-error.ts';
import { isLocalAdministrator } from './local-administrator.ts';
import type { AttachmentOperations, ReconcileOperations } from './operations.ts';
import { attachmentRoutes } from './routes/attachments.ts';
import { dataPlaneRoutes } from './routes/data-plane.ts';
import { eventRoutes } from './routes/events.ts';
import { hostRoutes } from './routes/hosts.ts';
import { operationRoutes } from './routes/operation.ts';
import { reconcilerRoutes } from './routes/reconciler.ts';
import type { ThisHost } from './this-host.ts';
import type { TokenBuckets } from './token-buckets.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling; null on routes that ask nobody. */
    caller: Caller | null;
  }
}

export interface ServerOptions {
  readonly attachments: AttachmentOperations;
  readonly host: ThisHost;
  readonly driver: Driver;
  readonly reconciler: ReconcileOperations;
  readonly authentication: Authentication;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly events: EventLog;
  readonly logger: Logger;
  /** Of iorcld. */
  readonly version: string;
  /** By the caller's address. */
  readonly limits: TokenBuckets;
  /** Who may read the metrics without a token. */
  readonly metricsAllowed: (request: http.IncomingMessage) => boolean;
  /** PEM; without it plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** How often followers of events are shown that the connection lives. Default 15 000. */
  readonly heartbeatMs?: number;
  /** How long a request may take to arrive whole. Default: {@link REQUEST_LIMITS}. */
  readonly requestLimits?: http.ServerOptions;
}

/** How long a request may take to arrive whole. */
export const REQUEST_LIMITS: http.ServerOptions = { requestTimeout: 30_000, connectionsCheckingInterval: 5_000 };

const BODY_LIMIT_BYTES = 64 * 1024;

/** The HTTP API v1. Errors are `{error: {code, message, requestId}}`, and each answer has X-OpenStack-Request-ID. */
export function createServer(options: ServerOptions): FastifyInstance {
  const { logger, tls, metrics, limits, requestLimits = REQUEST_LIMITS } = options;
  const server = Fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    exposeHeadRoutes: false,
    genReqId: (request) => requestIdFrom(request.headers['x-openstack-request-id']),
    // Fastify leaves all limits of a server of ours to us.
    serverFactory: (handler) =>
      tls === undefined
        ? http.createServer(requestLimits, handler)
        : https.createServer({ ...requestLimits, ...tls }, handler),
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
    if (isLocalAdministrator(request.raw)) return;
    const waitSeconds = limits.take(request.ip);
    if (waitSeconds === 0) return;
    reply.header('retry-after', Math.ceil(waitSeconds));
    throw new HttpError('rate_limited', `Too many requests from ${request.ip}; see [api] requests_per_second.`);
  });
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.requestAnswered(request.method, route, reply.statusCode, reply.elapsedTime / 1_000);
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
  attachmentRoutes(server, options);
  hostRoutes(server, options);
  dataPlaneRoutes(server, options);
  reconcilerRoutes(server, options);
  eventRoutes(server, options);
  operationRoutes(server, options);
  return server;
}
