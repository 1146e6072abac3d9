import type { WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from './exchange.ts';
import { badRequest } from './fault.ts';

/** As {@link pageOf}, without links: Cinder's attachments. */
export function pageWithoutLinks<T extends { readonly id: string }>(
  request: FakeRequest,
  collection: string,
  items: readonly T[],
  write: (item: T) => WireRecord,
): WireRecord {
  return { [collection]: pageOf(request, collection, items, write)[collection] };
}

/**
 * One page of a list, as Nova and Cinder give it: `limit` items after `marker`, and a link `next` in `{collection}_links` if
 * there are more.
 */
export function pageOf<T extends { readonly id: string }>(
  request: FakeRequest,
  collection: string,
  items: readonly T[],
  write: (item: T) => WireRecord,
): WireRecord {
  const marker = request.query.get('marker');
  const limit = limitOf(request);
  const begin = marker === null ? 0 : items.findIndex(({ id }) => id === marker) + 1;
  if (marker !== null && begin === 0) throw badRequest(`marker [${marker}] not found`);
  const page = items.slice(begin, limit === undefined ? undefined : begin + limit);
  const last = page.at(-1);
  const hasMore = last !== undefined && begin + page.length < items.length;
  const next = new URLSearchParams(request.query);
  next.set('marker', last?.id ?? '');
  return {
    [collection]: page.map(write),
    ...(hasMore
      ? { [`${collection}_links`]: [{ rel: 'next', href: `${request.origin}${request.path}?${next}` }] }
      : {}),
  };
}

function limitOf(request: FakeRequest): number | undefined {
  const text = request.query.get('limit');
  if (text === null) return undefined;
  if (!/^\d+$/.test(text)) throw badRequest(`Invalid input for query parameters limit. Value: ${text}.`);
  return Number(text) === 0 ? undefined : Number(text);
}
