import { isRecord, type WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { Fault } from '../http/fault.ts';
import type { RouteTable } from '../http/routes.ts';
import { isAdmin } from '../keystone/model.ts';
import type { Table } from '../table.ts';

/** A kind of thing that Neutron keeps: list, show, create, change, delete. */
export interface NetworkResource<T extends { readonly id: string; readonly projectId: string }> {
  /** Of the path, for instance `security-groups`. */
  readonly path: string;
  /** Key of one in bodies, for instance `security_group`; many have an s more. */
  readonly one: string;
  /** Name of Neutron's error for one that is not there, and what it says. */
  readonly missing: { readonly type: string; message(id: string): string };
  readonly rows: Table<T>;
  write(request: FakeRequest, row: T): WireRecord;
  /** The row that a body makes of an existing one, or of nothing. Throws what Neutron refuses. Undefined: can't change. */
  read(request: FakeRequest, fields: WireRecord, before: T | undefined): T;
  /** Throws if it is in use; takes what belongs to it away. */
  remove(row: T): void;
  /** Whether others than its project's members may see it. */
  isShared?(row: T): boolean;
}

export function networkResourceRoutes<T extends { readonly id: string; readonly projectId: string }>(
  kind: NetworkResource<T>,
): RouteTable {
  const { path, one, rows } = kind;
  const many = `${one}s`;
  const owns = (request: FakeRequest, row: T): boolean =>
    isAdmin(request.token) || row.projectId === request.token?.project.id;
  /** A role that reads is needed; `service` alone is none. */
  const reads = (request: FakeRequest): boolean =>
    request.token?.roles.some((role) => role === 'admin' || role === 'member' || role === 'reader') ?? false;
  const visible = (request: FakeRequest): T[] =>
    rows.all().filter((row) => reads(request) && (owns(request, row) || kind.isShared?.(row) === true));
  const existing = (request: FakeRequest, id: string): T => {
    const row = visible(request).find((each) => each.id === id);
    if (row === undefined) throw new Fault(404, kind.missing.type, kind.missing.message(id));
    return row;
  };
  const own = (request: FakeRequest, id: string, action: string): T => {
    const row = existing(request, id);
    if (!owns(request, row)) throw disallowed(`rule:${action}_${one}`);
    return row;
  };
  const fields = (request: FakeRequest): WireRecord => {
    const found = isRecord(request.body) ? request.body[one] : undefined;
    if (!isRecord(found)) throw new Fault(400, 'HTTPBadRequest', `Resource body required`);
    return found;
  };
  return {
    [`GET /v2.0/${path}`]: (request) => {
      const found = visible(request).map((row) => kind.write(request, row));
      return {
        status: 200,
        body: page(
          request,
          many,
          found.filter((row) => fits(request, row)),
        ),
      };
    },
    [`POST /v2.0/${path}`]: (request) => {
      const row = rows.save(kind.read(request, fields(request), undefined));
      return { status: 201, body: { [one]: kind.write(request, row) } };
    },
    [`GET /v2.0/${path}/:id`]: (request, parameter) => ({
      status: 200,
      body: { [one]: kind.write(request, existing(request, parameter('id'))) },
    }),
    [`PUT /v2.0/${path}/:id`]: (request, parameter) => {
      const row = rows.save(kind.read(request, fields(request), own(request, parameter('id'), 'update')));
      return { status: 200, body: { [one]: kind.write(request, row) } };
    },
    [`DELETE /v2.0/${path}/:id`]: (request, parameter) => {
      const row = own(request, parameter('id'), 'delete');
      kind.remove(row);
      rows.delete(row.id);
      return { status: 204 };
    },
  };
}

export function disallowed(rules: string): Fault {
  return new Fault(403, 'PolicyNotAuthorized', `${rules} is disallowed by policy`);
}

/** What only admins may give. */
export function requireAdminFor(
  request: FakeRequest,
  action: string,
  fields: WireRecord,
  names: readonly string[],
): void {
  const name = names.find((each) => fields[each] !== undefined);
  if (name !== undefined && !isAdmin(request.token)) throw disallowed(`(rule:${action} and rule:${action}:${name})`);
}

/** What stands in a query beside filters. */
const PAGING = new Set(['limit', 'marker', 'sort_key', 'sort_dir', 'page_reverse', 'fields']);

/** Neutron filters by any attribute; several values of one are alternatives. */
function fits(request: FakeRequest, item: WireRecord): boolean {
  return [...request.query.keys()].every(
    (name) => PAGING.has(name) || !(name in item) || request.query.getAll(name).includes(String(item[name])),
  );
}

function page(request: FakeRequest, many: string, all: readonly WireRecord[]): WireRecord {
  const limit = Number(request.query.get('limit') ?? 0);
  if (limit === 0) return { [many]: all };
  const marker = request.query.get('marker');
  const begin = marker === null ? 0 : all.findIndex(({ id }) => id === marker) + 1;
  const items = all.slice(begin, begin + limit);
  const next = new URLSearchParams(request.query);
  next.set('marker', String(items.at(-1)?.['id']));
  const links = begin + limit < all.length ? [{ rel: 'next', href: `${request.origin}${request.path}?${next}` }] : [];
  return { [many]: items, ...(links.length > 0 ? { [`${many}_links`]: links } : {}) };
}
