/** What a handler throws to answer with an error. Each fake service writes it in its own way. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly status: number;
  /** Key of Nova's and Cinder's fault bodies, or Neutron's `type`. */
  readonly kind: string;

  constructor(status: number, kind: string, message: string) {
    super(message);
    this.status = status;
    this.kind = kind;
  }
}

export function badRequest(message: string): Fault {
  return new Fault(400, 'badRequest', message);
}

export function forbidden(message: string): Fault {
  return new Fault(403, 'forbidden', message);
}

export function notFound(message: string): Fault {
  return new Fault(404, 'itemNotFound', message);
}

export function conflict(message: string): Fault {
  return new Fault(409, 'conflictingRequest', message);
}
