import { randomUUID } from 'node:crypto';

/** A new global request id, as oslo.middleware accepts it (`req-<uuid>`; anything else is ignored by the services). */
export function newRequestId(): string {
  return `req-${randomUUID()}`;
}
