import { requestPath, uuidIn } from '../proxy/request-path.ts';

/** `…/v3/{project}/volumes/{id}`; the project may be left out since microversion 3.67. */
const PATH = /\/v3(?:\/[^/]+)?\/volumes\/(?<id>[^/]+)$/;

/**
 * The volume that a `GET /volumes/{id}` asks for; undefined for any other call.
 *
 * @param target the request target as it stands in the request line
 */
export function shownVolume(method: string, target: string): string | undefined {
  return method === 'GET' ? uuidIn(PATH.exec(requestPath(target))?.groups?.['id']) : undefined;
}
