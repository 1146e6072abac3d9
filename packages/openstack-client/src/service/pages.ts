import type { CallOptions } from '../call-options.ts';
import { MalformedAnswerError } from '../error/exchange-error.ts';
import type { WireReader } from '../wire/reader.ts';
import { isRecord } from '../wire/record.ts';
import type { ServiceClient, ServiceRequest } from './service-client.ts';

/**
 * All items of a list, page by page. Nova, Cinder and Neutron put a link `next` into `{collection}_links` of an incomplete
 * page; only its `marker` is used, since its host may be one that only the service itself can reach.
 *
 * @see https://docs.openstack.org/api-guide/compute/paginated_collections.html
 */
export async function listAll<T>(
  service: ServiceClient,
  request: ServiceRequest,
  collection: string,
  parse: (item: WireReader) => T,
  options?: CallOptions,
): Promise<T[]> {
  const items: T[] = [];
  let marker: string | undefined;
  for (;;) {
    const query = { ...request.query, ...(marker === undefined ? {} : { marker }) };
    const page = await service.request(
      { ...request, query },
      (answer) => ({ items: answer.list(collection, parse), next: nextMarker(answer.raw[`${collection}_links`]) }),
      options,
    );
    items.push(...page.items);
    if (page.next === undefined) return items;
    if (page.next === marker) {
      throw new MalformedAnswerError(`The list of ${collection} links to itself as its next page`, {});
    }
    marker = page.next;
  }
}

function nextMarker(links: unknown): string | undefined {
  if (!Array.isArray(links)) return undefined;
  for (const link of links) {
    if (!isRecord(link) || link['rel'] !== 'next' || typeof link['href'] !== 'string') continue;
    return new URL(link['href'], 'http://next').searchParams.get('marker') ?? undefined;
  }
  return undefined;
}
