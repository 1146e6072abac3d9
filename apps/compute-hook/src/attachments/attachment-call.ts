import { rawPath, requestPath, uuidIn } from '../proxy/request-path.ts';

/** A call of the Block Storage API v3 that carries a connector or connection_info, or ends an attachment. */
export type AttachmentCall =
  | { readonly kind: 'create' }
  | { readonly kind: 'show' | 'update' | 'delete'; readonly attachmentId: string };

/** `…/v3/{project}/attachments[/{id}]`; the project may be left out since microversion 3.67. */
const PATH = /\/v3(?:\/[^/]+)?\/attachments(?:\/(?<id>[^/]+))?$/;

/**
 * Recognises the calls that change what is attached where; undefined for all others.
 *
 * @param target the request target as it stands in the request line
 */
export function attachmentCall(method: string, target: string): AttachmentCall | undefined {
  const groups = PATH.exec(requestPath(target))?.groups;
  if (groups === undefined) return undefined;
  if (groups['id'] === undefined) return method === 'POST' ? { kind: 'create' } : undefined;
  const attachmentId = uuidIn(groups['id']);
  if (attachmentId === undefined) return undefined;
  if (method === 'GET') return { kind: 'show', attachmentId };
  if (method === 'PUT') return { kind: 'update', attachmentId };
  if (method === 'DELETE') return { kind: 'delete', attachmentId };
  return undefined;
}

/** Request target of one attachment, from that of the list of them as it was asked. */
export function attachmentTarget(target: string, attachmentId: string): string {
  return `${rawPath(target)
    .replace(/\/+$/, '')
    .replace(/\.json$/, '')}/${attachmentId}`;
}
