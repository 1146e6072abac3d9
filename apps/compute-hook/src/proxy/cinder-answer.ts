import type * as http from 'node:http';
import type { CinderFault } from './cinder-fault.ts';

/**
 * Answers in Cinder's place, with the headers that Cinder sets on each answer of the v3 API.
 *
 * @param request whose `OpenStack-API-Version` is answered; none means 3.0
 */
export function answerAsCinder(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  answer: { readonly status: number; readonly requestId: string; readonly body: string },
): void {
  const asked = request.headers['openstack-api-version'];
  const version = typeof asked === 'string' && /^volume\s+[\w.]+$/i.test(asked.trim()) ? asked.trim() : 'volume 3.0';
  const headers = [
    ...['Openstack-Api-Version', version],
    ...['Vary', 'OpenStack-API-Version'],
    ...['Content-Length', String(Buffer.byteLength(answer.body))],
    ...['Content-Type', 'application/json'],
    ...['X-Compute-Request-Id', answer.requestId],
    ...['X-Openstack-Request-Id', answer.requestId],
    ...['Date', new Date().toUTCString()],
  ];
  // Cinder says nothing about the connection either.
  response.removeHeader('connection');
  response.writeHead(answer.status, headers);
  response.end(answer.body);
}

/** Answers with a fault. After the head of another answer is out, the connection is cut: that the client can't mistake. */
export function answerFault(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  fault: CinderFault,
  requestId: string,
): void {
  if (response.headersSent) response.destroy();
  else answerAsCinder(request, response, { status: fault.status, requestId, body: fault.body() });
}
