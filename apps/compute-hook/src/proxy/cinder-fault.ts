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
