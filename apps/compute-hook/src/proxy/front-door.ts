import * as http from 'node:http';
import type { Duplex } from 'node:stream';
import { describeError, type Logger, requestIdFrom } from '@iorcl/service';
import { answerFault } from './cinder-answer.ts';
import { CinderFault } from './cinder-fault.ts';
import type { ClientConnections } from './client-connections.ts';
import { MAX_HEADER_BYTES } from './reverse-proxy.ts';

/** Longer than Cinder's own 900 s, so that it is Cinder who ends an idle connection and never the hook. */
const IDLE_CONNECTION_MS = 1_000_000;

/** One request of nova-compute on its way through the hook. */
export interface HookRequest {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  readonly requestId: string;
  readonly logger: Logger;
}

export interface FrontDoorOptions {
  readonly connections: ClientConnections;
  readonly logger: Logger;
  /** Answers the request. A thrown CinderFault is answered as such, anything else as a 500. */
  handle(exchange: HookRequest): Promise<void>;
}

/** The HTTP server that stands where nova-compute expects Cinder. */
export function createFrontDoor(options: FrontDoorOptions): http.Server {
  const listener = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    void serve(options, request, response);
  };
  const server = http.createServer(
    {
      keepAliveTimeout: IDLE_CONNECTION_MS,
      // How long a body takes is between the client and Cinder.
      requestTimeout: 0,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Cinder decides what it makes of a request without Host.
      requireHostHeader: false,
    },
    listener,
  );
  // Without these, Node would answer `Expect` itself instead of letting Cinder do it.
  server.on('checkContinue', listener);
  server.on('checkExpectation', listener);
  server.on('clientError', answerBrokenRequest);
  return server;
}

async function serve(
  options: FrontDoorOptions,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const requestId = requestIdFrom(request.headers['x-openstack-request-id']);
  const logger = options.logger.with({ requestId });
  options.connections.begin(request, response);
  // A client that leaves is not an error of ours; what is in progress finds its response destroyed.
  request.on('error', () => {});
  response.on('error', () => {});
  try {
    await options.handle({ request, response, requestId, logger });
  } catch (error) {
    const fault =
      error instanceof CinderFault
        ? error
        : new CinderFault(500, `The compute hook failed unexpectedly: ${describeError(error)}`, error);
    const facts = { method: request.method, path: request.url, status: fault.status };
    logger[fault.status < 500 ? 'warn' : 'error'](describeError(fault), facts);
    answerFault(request, response, fault, requestId);
  }
}

/** What does not even parse as HTTP, or ends in the middle, gets an answer in Cinder's shape if the client still listens. */
function answerBrokenRequest(error: Error, socket: Duplex): void {
  if (!socket.writable || ('code' in error && error.code === 'ECONNRESET')) {
    socket.destroy();
    return;
  }
  const fault = new CinderFault(400, `The request is not valid HTTP or was cut short: ${error.message}`);
  const body = fault.body();
  const head = ['HTTP/1.1 400 Bad Request', `Content-Length: ${Buffer.byteLength(body)}`];
  socket.end([...head, 'Content-Type: application/json', 'Connection: close', '', body].join('\r\n'));
}
