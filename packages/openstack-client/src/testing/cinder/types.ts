import { randomUUID } from 'node:crypto';
import type { WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { badRequest, conflict, notFound } from '../http/fault.ts';
import { pageOf } from '../http/paging.ts';
import type { RouteTable } from '../http/routes.ts';
import { bodyObject, optionalText, requiredText, stringRecord } from '../http/wire-body.ts';
import { isAdmin } from '../keystone/model.ts';
import type { CinderDatabase } from './database.ts';
import type { FakeVolumeType } from './model.ts';
import { requireAdmin } from './policy.ts';
import { fileType } from './volume-types.ts';

const MANAGE = 'volume_extension:types_manage';
const SPECS = 'volume_extension:types_extra_specs';
const ENCRYPTION = 'volume_extension:volume_type_encryption';

/** `/types` and their extra specs. */
export function typeRoutes(database: CinderDatabase): RouteTable {
  const { types } = database;
  const existing = (request: FakeRequest, id: string): FakeVolumeType => {
    const type = types.get(id);
    if (type === undefined || !(type.isPublic || isAdmin(request.token))) {
      throw notFound(`Volume type ${id} could not be found.`);
    }
    return type;
  };
  /** A type that is made by name of a backend has that backend's driver. */
  const driverFor = (extraSpecs: Readonly<Record<string, string>>): FakeVolumeType['driver'] => {
    const wanted = extraSpecs['volume_backend_name'];
    return (types.find(({ driver }) => driver.backendName === wanted) ?? fileType).driver;
  };
  const saveSpecs = (type: FakeVolumeType, extraSpecs: Readonly<Record<string, string>>): void => {
    types.save({ ...type, extraSpecs, driver: driverFor(extraSpecs) });
  };
  return {
    'GET /types': (request) => {
      const wanted = request.query.get('is_public');
      const visible = types.all().filter((type) => type.isPublic || (isAdmin(request.token) && wanted !== 'true'));
      const fitting = visible.filter((type) => wanted?.toLowerCase() !== 'false' || !type.isPublic).reverse();
      return { status: 200, body: pageOf(request, 'volume_types', fitting, (type) => writeType(request, type)) };
    },
    'POST /types': (request) => {
      requireAdmin(request, `${MANAGE}`);
      const body = bodyObject(request.body, 'volume_type');
      const name = requiredText(body, 'name');
      if (database.type(name) !== undefined) throw conflict(`Volume Type ${name} already exists.`);
      const extraSpecs = stringRecord(body['extra_specs']);
      const type = types.save({
        ...{ id: randomUUID(), name, description: optionalText(body, 'description') ?? null },
        isPublic: body['os-volume-type-access:is_public'] !== false,
        ...{ extraSpecs, qosSpecsId: null, encryption: null, driver: driverFor(extraSpecs) },
      });
      // The answer lacks what the database would add.
      const { qos_specs_id: _, ...written } = writeType(request, type);
      return { status: 200, body: { volume_type: written } };
    },
    'GET /types/:id': (request, parameter) => ({
      status: 200,
      body: { volume_type: writeType(request, existing(request, parameter('id'))) },
    }),
    'PUT /types/:id': (request, parameter) => {
      requireAdmin(request, MANAGE);
      const body = bodyObject(request.body, 'volume_type');
      const before = existing(request, parameter('id'));
      const type = types.save({
        ...before,
        name: optionalText(body, 'name') ?? before.name,
        description: optionalText(body, 'description') ?? before.description,
        isPublic: typeof body['is_public'] === 'boolean' ? body['is_public'] : before.isPublic,
      });
      return { status: 200, body: { volume_type: writeType(request, type) } };
    },
    'DELETE /types/:id': (request, parameter) => {
      requireAdmin(request, MANAGE);
      const { id, name } = existing(request, parameter('id'));
      if (database.volumes().some((volume) => volume.type === name)) {
        throw conflict(`Target volume type is still in use.`);
      }
      types.delete(id);
      return { status: 202 };
    },
    'GET /types/:id/extra_specs': (request, parameter) => ({
      status: 200,
      body: { extra_specs: existing(request, parameter('id')).extraSpecs },
    }),
    'POST /types/:id/extra_specs': (request, parameter) => {
      requireAdmin(request, `${SPECS}:create`);
      const type = existing(request, parameter('id'));
      const added = stringRecord(bodyObject(request.body, 'extra_specs'));
      saveSpecs(type, { ...type.extraSpecs, ...added });
      return { status: 200, body: { extra_specs: added } };
    },
    'DELETE /types/:id/extra_specs/:key': (request, parameter) => {
      requireAdmin(request, `${SPECS}:delete`);
      const type = existing(request, parameter('id'));
      const { [parameter('key')]: removed, ...rest } = type.extraSpecs;
      if (removed === undefined) {
        throw notFound(`Volume Type ${type.id} has no extra specs with key ${parameter('key')}.`);
      }
      saveSpecs(type, rest);
      return { status: 202 };
    },
    'GET /types/:id/encryption': (request, parameter) => {
      requireAdmin(request, `${ENCRYPTION}:get`);
      const { id, encryption } = existing(request, parameter('id'));
      if (encryption === null) return { status: 200, body: {} };
      const row = { volume_type_id: id, deleted: false, created_at: null, updated_at: null, deleted_at: null };
      return { status: 200, body: { ...row, ...encryption } };
    },
    'POST /types/:id/encryption': (request, parameter) => {
      requireAdmin(request, `${ENCRYPTION}:create`);
      const type = existing(request, parameter('id'));
      const body = bodyObject(request.body, 'encryption');
      if (type.encryption !== null) {
        throw badRequest(`Volume type encryption for type ${type.id} already exists.`);
      }
      if (database.volumes().some((volume) => volume.type === type.name)) {
        throw badRequest('Cannot create encryption specs. Volume type in use.');
      }
      const written = {
        encryption_id: randomUUID(),
        provider: requiredText(body, 'provider'),
        control_location: requiredText(body, 'control_location'),
        cipher: optionalText(body, 'cipher') ?? null,
        key_size: typeof body['key_size'] === 'number' ? body['key_size'] : null,
      };
      types.save({ ...type, encryption: written });
      return { status: 200, body: { encryption: { volume_type_id: type.id, ...written } } };
    },
    'DELETE /types/:id/encryption/:encryption': (request, parameter) => {
      requireAdmin(request, `${ENCRYPTION}:delete`);
      const type = existing(request, parameter('id'));
      if (database.volumes().some((volume) => volume.type === type.name)) {
        throw badRequest('Cannot delete encryption specs. Volume type in use.');
      }
      if (type.encryption === null) throw notFound(`Volume type encryption for type ${type.id} does not exist.`);
      types.save({ ...type, encryption: null });
      return { status: 202 };
    },
  };
}

/** Users see only the extra specs that are for them: here none. */
function writeType(request: FakeRequest, type: FakeVolumeType): WireRecord {
  const admin = isAdmin(request.token);
  return {
    id: type.id,
    name: type.name,
    is_public: type.isPublic,
    description: type.description,
    extra_specs: admin ? type.extraSpecs : {},
    ...(admin ? { qos_specs_id: type.qosSpecsId } : {}),
    'os-volume-type-access:is_public': type.isPublic,
  };
}
