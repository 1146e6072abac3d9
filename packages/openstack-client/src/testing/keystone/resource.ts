import { isRecord, type WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { badRequest, Fault } from '../http/fault.ts';
import type { RouteTable } from '../http/routes.ts';
import type { Table } from '../table.ts';
import { requireAdmin } from './policy.ts';

/** A kind of thing that Keystone keeps and admins manage: list, show, create, update, delete. */
export interface ResourceKind<T extends { readonly id: string }> {
  /** For instance `project`; the collection has an s more. */
  readonly one: string;
  readonly rows: Table<T>;
  write(row: T): WireRecord;
  /** The row that a body makes of an existing one, or of nothing. Throws a Fault for what Keystone refuses. */
  read(fields: WireRecord, before: T | undefined): T;
  /** What else is gone with it. */
  remove?(row: T): void;
  /** Whether a token that is no admin's may see it. */
  mayShow?(request: FakeRequest, row: T): boolean;
}

export function resourceRoutes<T extends { readonly id: string }>(kind: ResourceKind<T>): RouteTable {
  const { one, rows } = kind;
  const many = `${one}s`;
  const existing = (id: string): T => {
    const row = rows.get(id);
    if (row === undefined) throw new Fault(404, 'notFound', `Could not find ${one}: ${id}.`);
    return row;
  };
  const write = (request: FakeRequest, row: T): WireRecord => ({
    ...kind.write(row),
    links: { self: `${request.origin}/v3/${many}/${row.id}` },
  });
  return {
    [`GET /v3/${many}`]: (request) => {
      requireAdmin(request, `list_${many}`);
      const found = rows
        .all()
        .map((row) => write(request, row))
        .filter((row) => fits(request, row));
      return { status: 200, body: listBody(request, many, found) };
    },
    [`POST /v3/${many}`]: (request) => {
      requireAdmin(request, `create_${one}`);
      const row = rows.save(kind.read(fieldsOf(request, one), undefined));
      return { status: 201, body: { [one]: write(request, row) } };
    },
    [`GET /v3/${many}/:id`]: (request, parameter) => {
      const row = rows.get(parameter('id'));
      if (row === undefined || kind.mayShow?.(request, row) !== true) requireAdmin(request, `get_${one}`);
      return { status: 200, body: { [one]: write(request, existing(parameter('id'))) } };
    },
    [`PATCH /v3/${many}/:id`]: (request, parameter) => {
      requireAdmin(request, `update_${one}`);
      const row = rows.save(kind.read(fieldsOf(request, one), existing(parameter('id'))));
      return { status: 200, body: { [one]: write(request, row) } };
    },
    [`DELETE /v3/${many}/:id`]: (request, parameter) => {
      requireAdmin(request, `delete_${one}`);
      const row = existing(parameter('id'));
      kind.remove?.(row);
      rows.delete(row.id);
      return { status: 204 };
    },
  };
}

/** The object that a body is about. */
export function fieldsOf(request: FakeRequest, one: string): WireRecord {
  const fields = isRecord(request.body) ? request.body[one] : undefined;
  if (!isRecord(fields)) throw badRequest(`'${one}' is a required property`);
  return fields;
}

export function listBody(request: FakeRequest, many: string, found: readonly WireRecord[]): WireRecord {
  const query = request.query.size === 0 ? '' : `?${request.query}`;
  return { [many]: found, links: { next: null, self: `${request.origin}${request.path}${query}`, previous: null } };
}

/** Keystone filters by any attribute that the item has. */
export function fits(request: FakeRequest, item: WireRecord): boolean {
  return [...request.query].every(([name, value]) => !(name in item) || String(item[name]) === value);
}

export function textOf(fields: WireRecord, key: string): string | undefined {
  const value = fields[key];
  return typeof value === 'string' ? value : undefined;
}

export function booleanOf(fields: WireRecord, key: string): boolean | undefined {
  const value = fields[key];
  return typeof value === 'boolean' ? value : undefined;
}

export function nameOf(fields: WireRecord, before: { readonly name: string } | undefined): string {
  const name = textOf(fields, 'name') ?? before?.name;
  if (name === undefined || name === '') throw badRequest("'name' is a required property");
  return name;
}
