import { randomUUID } from 'node:crypto';

const REQUEST_ID = /^req-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Makes a request id of OpenStack's form, `req-<uuid>`. */
export function newRequestId(): string {
  return `req-${randomUUID()}`;
}

/** The caller's id from an `X-OpenStack-Request-ID` header where it has the right form, else a new one. */
export function requestIdFrom(header: string | readonly string[] | undefined): string {
  const value = typeof header === 'string' ? header : header?.[0];
  return value !== undefined && REQUEST_ID.test(value) ? value : newRequestId();
}
