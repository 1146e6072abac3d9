import type * as http from 'node:http';

/** Names of faults by status, as Cinder's own (`cinder.api.openstack.wsgi.Fault`). */
const FAULT_NAMES: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
  501: 'notImplemented',
  503: 'serviceUnavailable',
};

/** An answer in the shape of Cinder's faults, so that Nova and its users read the message as if Cinder had said it. */
export class CinderFault extends Error {
  override readonly name = 'CinderFault';
  readonly status: number;

  constructor(status: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
  }

  /** Body as Cinder writes it: `{"<fault name>": {"code", "message"}}`. */
  body(): string {
    return JSON.stringify({
      [FAULT_NAMES[this.status] ?? 'computeFault']: { code: this.status, message: this.message },
    });
  }
}

/**
 * The headers that Cinder sets on each answer of the v3 API, names and values in turn.
 *
 * @param request whose `OpenStack-API-Version` is answered; none means 3.0
 */
export function cinderHeaders(request: http.IncomingMessage, requestId: string, body: string): string[] {
  const asked = request.headers['openstack-api-version'];
  const version = typeof asked === 'string' && /^volume\s+[\w.]+$/i.test(asked.trim()) ? asked.trim() : 'volume 3.0';
  return [
    ...['Openstack-Api-Version', version],
    ...['Vary', 'OpenStack-API-Version'],
    ...['Content-Length', String(Buffer.byteLength(body))],
    ...['Content-Type', 'application/json'],
    ...['X-Compute-Request-Id', requestId],
    ...['X-Openstack-Request-Id', requestId],
    ...['Date', new Date().toUTCString()],
  ];
}

/** Answers with a fault. After the head of another answer is out, the connection is cut: that the client can't mistake. */
export function answerFault(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  fault: CinderFault,
  requestId: string,
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = fault.body();
  response.writeHead(fault.status, cinderHeaders(request, requestId, body));
  response.end(body);
}
