import { createHash } from 'node:crypto';

/**
 * The identity by which a compute host presents itself to one export. Part of it is a digest: a host's name may hold
 * characters, and be longer, than drivers allow (64 of `[A-Za-z0-9._-]`).
 */
export function grantIdentity(attachmentId: string, computeHost: string): string {
  return `${attachmentId}.${createHash('sha256').update(computeHost).digest('hex').slice(0, 16)}`;
}
