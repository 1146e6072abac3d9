import type { ListOptions } from '../call-options.ts';
import { MalformedAnswerError } from '../error/exchange-error.ts';
import type { WireReader } from '../wire/reader.ts';
import { isRecord, type WireRecord } from '../wire/record.ts';
import { Listing } from './listing.ts';
import type { ServiceClient, ServiceRequest } from './service-client.ts';

interface Page<T> {
  readonly items: readonly T[];
  readonly raw: WireRecord;
  /** Id of the last item. */
  readonly last: string | undefined;
}

/**
 * How a list's pages follow each other:
 *
 * - `links`: a link to the next page (`{collection}_links` of Nova, Cinder and Neutron, `links.next` of Keystone, `next` of
 *   Glance). Only its `marker` is used, since its host may be one that only the service itself can reach.
 * - `marker`: no link, though there are pages (Cinder's attachments): the last item's id, after a page that may have been cut.
 */
export type PageStyle = 'links' | 'marker';

/** The service cuts pages also unasked: Cinder at 1000 unless `osapi_max_limit` says otherwise. Shorter ones are whole. */
const CUT_UNASKED = 100;

/**
 * All items of a list, page by page.
 *
 * @see https://docs.openstack.org/api-guide/compute/paginated_collections.html
 */
export function listAll<T>(
  service: ServiceClient,
  request: ServiceRequest,
  collection: string,
  parse: (item: WireReader) => T,
  options: ListOptions & { readonly style?: PageStyle } = {},
): Listing<T> {
  const { pageSize, style = 'links', ...call } = options;
  async function* pages(): AsyncGenerator<readonly T[], void, undefined> {
    const seen = new Set<string>();
    let marker: string | undefined;
    for (;;) {
      const limit = pageSize === undefined ? {} : { limit: String(pageSize) };
      const query = { ...request.query, ...limit, ...(marker === undefined ? {} : { marker }) };
      const page = await service.request({ ...request, query }, (answer) => readPage(answer, collection, parse), call);
      // The same page again: a service that knows no markers, and so gave everything at once.
      if (style === 'marker' && marker !== undefined && page.last === marker) return;
      yield page.items;
      const mayBeCut = page.items.length >= (pageSize ?? CUT_UNASKED);
      const next = style === 'links' ? nextMarker(page.raw) : mayBeCut ? page.last : undefined;
      if (next === undefined) return;
      if (seen.has(next)) {
        throw new MalformedAnswerError(`The list of ${collection} links to a page that came before as its next page`, {
          service: service.type,
        });
      }
      seen.add(next);
      marker = next;
    }
  }
  return new Listing(pages);
}

function readPage<T>(answer: WireReader, collection: string, parse: (item: WireReader) => T): Page<T> {
  let last: string | undefined;
  const items = answer.list(collection, (item) => {
    const id = item.raw['id'];
    last = typeof id === 'string' ? id : undefined;
    return parse(item);
  });
  return { items, raw: answer.raw, last };
}

/** Cinder names the links of `volume_types` `volume_type_links`, so any `…_links` will do. */
function nextMarker(answer: WireRecord): string | undefined {
  const { next, links } = answer;
  if (typeof next === 'string') return markerOf(next);
  if (isRecord(links) && typeof links['next'] === 'string') return markerOf(links['next']);
  for (const [key, value] of Object.entries(answer)) {
    if (!key.endsWith('_links') || !Array.isArray(value)) continue;
    for (const link of value) {
      if (isRecord(link) && link['rel'] === 'next' && typeof link['href'] === 'string') return markerOf(link['href']);
    }
  }
  return undefined;
}

function markerOf(link: string): string | undefined {
  if (!URL.canParse(link, 'http://next')) return undefined;
  return new URL(link, 'http://next').searchParams.get('marker') ?? undefined;
}
