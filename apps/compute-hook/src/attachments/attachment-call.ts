/** A call of the Block Storage API v3 that carries a connector or connection_info, or ends an attachment. */
export type AttachmentCall =
  | { readonly kind: 'create' }
  | { readonly kind: 'show' | 'update' | 'delete'; readonly attachmentId: string };

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `…/v3/{project}/attachments[/{id}]`; the project may be left out since microversion 3.67. */
const PATH = /\/v3(?:\/[^/]+)?\/attachments(?:\/(?<id>[^/]+))?$/;

/**
 * Recognises the calls that the hook looks into; undefined for all others. Reads the path as Cinder does, so that no
 * spelling of it slips by: percent-encoded, with doubled or trailing slashes, with `.json`, the id in capitals.
 *
 * @param target the request target as it stands in the request line
 */
export function attachmentCall(method: string, target: string): AttachmentCall | undefined {
  const id = PATH.exec(readPath(target))?.groups;
  if (id === undefined) return undefined;
  if (id['id'] === undefined) return method === 'POST' ? { kind: 'create' } : undefined;
  const attachmentId = id['id'].trim().toLowerCase();
  if (!UUID.test(attachmentId)) return undefined;
  if (method === 'GET') return { kind: 'show', attachmentId };
  if (method === 'PUT') return { kind: 'update', attachmentId };
  if (method === 'DELETE') return { kind: 'delete', attachmentId };
  return undefined;
}

/** Request target of one attachment, from that of the list of them as it was asked. */
export function attachmentTarget(target: string, attachmentId: string): string {
  const list = target.replace(/^https?:\/\/[^/]*/i, '').replace(/[?#].*$/s, '');
  return `${list.replace(/\/+$/, '').replace(/\.json$/, '')}/${attachmentId}`;
}

function readPath(target: string): string {
  const path = target.replace(/^https?:\/\/[^/]*/i, '').replace(/[?#].*$/s, '');
  let decoded = path;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // Not decodable, so Cinder won't find anything either.
  }
  return decoded
    .replace(/\/{2,}/g, '/')
    .replace(/\/$/, '')
    .replace(/\.json$/, '');
}
