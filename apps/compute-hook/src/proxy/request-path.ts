/**
 * The path of a request target, read as Cinder reads it, so that no spelling of it slips by: percent-encoded, with doubled or
 * trailing slashes, with `.json`.
 *
 * @param target the request target as it stands in the request line
 */
export function requestPath(target: string): string {
  const path = rawPath(target);
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

/** The path as it stands in a request target, without scheme, host and query. */
export function rawPath(target: string): string {
  return target.replace(/^https?:\/\/[^/]*/i, '').replace(/[?#].*$/s, '');
}

/** A resource's uuid, as one segment of a path that was read; undefined where it is none. */
export function uuidIn(segment: string | undefined): string | undefined {
  const id = segment?.trim().toLowerCase();
  return id !== undefined && UUID.test(id) ? id : undefined;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
