import { isRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { conflict, notFound } from '../http/fault.ts';
import { pageOf } from '../http/paging.ts';
import type { RouteTable } from '../http/routes.ts';
import { bodyObject, optionalText, requiredText } from '../http/wire-body.ts';
import { isAdmin } from '../keystone/model.ts';
import type { NovaDatabase } from './database.ts';
import type { FakeFlavor } from './model.ts';
import { requireAdmin } from './policy.ts';
import { writeFlavor } from './wire.ts';

/** `/flavors` and their extra specs. */
export function flavorRoutes(database: NovaDatabase): RouteTable {
  const existing = (id: string): FakeFlavor => {
    const flavor = database.flavor(id);
    if (flavor === undefined) throw notFound(`Flavor ${id} could not be found.`);
    return flavor;
  };
  const list = (request: FakeRequest): FakeFlavor[] => {
    const wanted = isAdmin(request.token) ? (request.query.get('is_public') ?? 'true').toLowerCase() : 'true';
    const least = (name: string): number => Number(request.query.get(name) ?? 0);
    return database
      .flavors()
      .filter(({ isPublic }) => wanted === 'none' || String(isPublic) === wanted)
      .filter(({ diskGiB, ramMiB }) => diskGiB >= least('minDisk') && ramMiB >= least('minRam'));
  };
  return {
    'GET /v2.1/flavors/detail': (request) => ({
      status: 200,
      body: pageOf(request, 'flavors', list(request), (flavor) => writeFlavor(request, flavor)),
    }),
    'GET /v2.1/flavors/:id': (request, parameter) => ({
      status: 200,
      body: { flavor: writeFlavor(request, existing(parameter('id'))) },
    }),
    'POST /v2.1/flavors': (request) => {
      requireAdmin(request, 'os_compute_api:os-flavor-manage:create');
      const body = bodyObject(request.body, 'flavor');
      const name = requiredText(body, 'name');
      if (database.flavors().some((flavor) => flavor.name === name)) {
        throw conflict(`Flavor with name ${name} already exists.`);
      }
      const number = (key: string): number => (typeof body[key] === 'number' ? body[key] : 0);
      const flavor = database.addFlavor({
        name,
        id: optionalText(body, 'id'),
        vcpus: number('vcpus'),
        ramMiB: number('ram'),
        diskGiB: number('disk'),
        isPublic: body['os-flavor-access:is_public'] !== false,
      });
      return { status: 200, body: { flavor: writeFlavor(request, flavor) } };
    },
    'DELETE /v2.1/flavors/:id': (request, parameter) => {
      requireAdmin(request, 'os_compute_api:os-flavor-manage:delete');
      database.removeFlavor(existing(parameter('id')).id);
      return { status: 202 };
    },
    'GET /v2.1/flavors/:id/os-extra_specs': (_, parameter) => ({
      status: 200,
      body: { extra_specs: existing(parameter('id')).extraSpecs },
    }),
    'POST /v2.1/flavors/:id/os-extra_specs': (request, parameter) => {
      requireAdmin(request, 'os_compute_api:os-flavor-extra-specs:create');
      const flavor = existing(parameter('id'));
      const added: Record<string, string> = {};
      const specs = isRecord(request.body) ? request.body['extra_specs'] : undefined;
      for (const [key, value] of Object.entries(isRecord(specs) ? specs : {})) added[key] = String(value);
      database.saveFlavor({ ...flavor, extraSpecs: { ...flavor.extraSpecs, ...added } });
      return { status: 200, body: { extra_specs: added } };
    },
    'DELETE /v2.1/flavors/:id/os-extra_specs/:key': (request, parameter) => {
      requireAdmin(request, 'os_compute_api:os-flavor-extra-specs:delete');
      const flavor = existing(parameter('id'));
      const key = parameter('key');
      if (!(key in flavor.extraSpecs)) throw notFound(`Flavor ${flavor.id} has no extra specs with key ${key}.`);
      const extraSpecs = Object.fromEntries(Object.entries(flavor.extraSpecs).filter(([name]) => name !== key));
      database.saveFlavor({ ...flavor, extraSpecs });
      return { status: 200 };
    },
  };
}
