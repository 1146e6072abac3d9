import { randomUUID } from 'node:crypto';
import { isRecord, type WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { badRequest, conflict, notFound } from '../http/fault.ts';
import { pageOf } from '../http/paging.ts';
import type { Handler, RouteTable } from '../http/routes.ts';
import { bodyObject, requiredText, stringRecord } from '../http/wire-body.ts';
import type { CinderDatabase } from './database.ts';
import type { FakeQosSpecs, FakeVolumeType } from './model.ts';
import { requireAdmin } from './policy.ts';

const RULE = 'volume_extension:qos_specs_manage';

/** `/qos-specs`: limits, tied to volume types. All of it is for admins. */
export function qosSpecsRoutes(database: CinderDatabase): RouteTable {
  const { qosSpecs, types } = database;
  const existing = (id: string): FakeQosSpecs => {
    const qos = qosSpecs.get(id);
    if (qos === undefined) throw notFound(`No such qos spec ${id}.`);
    return qos;
  };
  const usedBy = (id: string): FakeVolumeType[] => types.all().filter(({ qosSpecsId }) => qosSpecsId === id);
  const admin =
    (action: string, handler: Handler): Handler =>
    (request, parameter) => {
      requireAdmin(request, `${RULE}:${action}`);
      return handler(request, parameter);
    };
  const link = (of: (id: string) => string | null): Handler =>
    admin('update', (request, parameter) => {
      const type = types.get(request.query.get('vol_type_id') ?? '');
      if (type === undefined) {
        throw notFound(`Volume type ${request.query.get('vol_type_id')} could not be found.`);
      }
      types.save({ ...type, qosSpecsId: of(existing(parameter('id')).id) });
      return { status: 202 };
    });
  return {
    'GET /qos-specs': admin('get_all', (request) => ({
      status: 200,
      body: pageOf(request, 'qos_specs', qosSpecs.all().reverse(), write),
    })),
    'POST /qos-specs': admin('create', (request) => {
      const { consumer = 'back-end', ...body } = bodyObject(request.body, 'qos_specs');
      const name = requiredText(body, 'name');
      if (qosSpecs.find((each) => each.name === name) !== undefined) {
        throw conflict(`QoS specs ${name} already exists.`);
      }
      if (consumer !== 'back-end' && consumer !== 'front-end' && consumer !== 'both') {
        throw badRequest(`Invalid consumer ${String(consumer)}`);
      }
      const { name: _, ...specs } = stringRecord(body);
      const qos = qosSpecs.save({ id: randomUUID(), name, consumer, specs });
      return { status: 200, body: withLinks(request, qos) };
    }),
    'GET /qos-specs/:id': admin('get', (request, parameter) => ({
      status: 200,
      body: withLinks(request, existing(parameter('id'))),
    })),
    'PUT /qos-specs/:id': admin('update', (request, parameter) => {
      const qos = existing(parameter('id'));
      const changed = stringRecord(bodyObject(request.body, 'qos_specs'));
      qosSpecs.save({ ...qos, specs: { ...qos.specs, ...changed } });
      return { status: 200, body: { qos_specs: changed } };
    }),
    'PUT /qos-specs/:id/delete_keys': admin('update', (request, parameter) => {
      const qos = existing(parameter('id'));
      const keys: unknown = isRecord(request.body) ? request.body['keys'] : undefined;
      if (!Array.isArray(keys)) throw badRequest("'keys' is a required property");
      const missing = keys.find((key) => !(String(key) in qos.specs));
      if (missing !== undefined) {
        throw badRequest(`QoS spec ${qos.id} has no spec with key ${String(missing)}.`);
      }
      qosSpecs.save({
        ...qos,
        specs: Object.fromEntries(Object.entries(qos.specs).filter(([key]) => !keys.includes(key))),
      });
      return { status: 202 };
    }),
    'DELETE /qos-specs/:id': admin('delete', (request, parameter) => {
      const { id } = existing(parameter('id'));
      const users = usedBy(id);
      if (users.length > 0 && request.query.get('force')?.toLowerCase() !== 'true') {
        throw badRequest('Qos specs still in use.');
      }
      for (const type of users) types.save({ ...type, qosSpecsId: null });
      qosSpecs.delete(id);
      return { status: 202 };
    }),
    'GET /qos-specs/:id/associations': admin('get_all', (_, parameter) => ({
      status: 200,
      body: {
        qos_associations: usedBy(existing(parameter('id')).id).map(({ id, name }) => ({
          association_type: 'volume_type',
          name,
          id,
        })),
      },
    })),
    'GET /qos-specs/:id/associate': link((id) => id),
    'GET /qos-specs/:id/disassociate': link(() => null),
  };
}

function write({ id, name, consumer, specs }: FakeQosSpecs): WireRecord {
  return { id, name, consumer, specs };
}

function withLinks(request: FakeRequest, qos: FakeQosSpecs): WireRecord {
  const project = request.token?.project.id ?? '';
  return {
    qos_specs: write(qos),
    links: [
      { rel: 'self', href: `${request.origin}/v3/${project}/qos-specs/${qos.id}` },
      { rel: 'bookmark', href: `${request.origin}/${project}/qos-specs/${qos.id}` },
    ],
  };
}
