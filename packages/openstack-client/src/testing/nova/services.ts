import { isRecord, type WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { badRequest, notFound } from '../http/fault.ts';
import type { RouteTable } from '../http/routes.ts';
import { optionalText } from '../http/wire-body.ts';
import type { NovaDatabase } from './database.ts';
import type { FakeComputeService } from './model.ts';
import { requireAdmin } from './policy.ts';
import { novaTime } from './wire.ts';

/** `/os-services`: Nova's daemons. A nova-compute is up until somebody forces it down. */
export function computeServiceRoutes(database: NovaDatabase): RouteTable {
  const existing = (id: string): FakeComputeService => {
    const service = database.services.get(id);
    if (service === undefined) throw notFound(`Service ${id} could not be found.`);
    return service;
  };
  const write = (request: FakeRequest, service: FakeComputeService): WireRecord => ({
    id: request.minor >= 53 ? service.id : 1,
    binary: service.binary,
    host: service.host,
    zone: service.zone,
    status: service.status,
    state: service.forcedDown ? 'down' : 'up',
    updated_at: novaTime(database.now()).replace('Z', '.000000'),
    disabled_reason: service.disabledReason,
    ...(request.minor >= 11 ? { forced_down: service.forcedDown } : {}),
  });
  return {
    'GET /v2.1/os-services': (request) => {
      requireAdmin(request, 'os_compute_api:os-services:list');
      const fits = (name: string, value: string): boolean =>
        !request.query.has(name) || request.query.get(name) === value;
      const found = database.services.all().filter(({ binary, host }) => fits('binary', binary) && fits('host', host));
      return { status: 200, body: { services: found.map((service) => write(request, service)) } };
    },
    'PUT /v2.1/os-services/:id': (request, parameter) => {
      requireAdmin(request, 'os_compute_api:os-services:update');
      const before = existing(parameter('id'));
      if (before.binary !== 'nova-compute') {
        throw badRequest(
          `Updating a ${before.binary} service is not supported. Only nova-compute services can be updated.`,
        );
      }
      const body = isRecord(request.body) ? request.body : {};
      const status = body['status'];
      const service = database.services.save({
        ...before,
        ...(status === 'enabled' ? { status, disabledReason: null } : {}),
        ...(status === 'disabled' ? { status, disabledReason: optionalText(body, 'disabled_reason') ?? null } : {}),
        ...(typeof body['forced_down'] === 'boolean' ? { forcedDown: body['forced_down'] } : {}),
      });
      return { status: 200, body: { service: write(request, service) } };
    },
    'DELETE /v2.1/os-services/:id': (request, parameter) => {
      requireAdmin(request, 'os_compute_api:os-services:delete');
      database.services.delete(existing(parameter('id')).id);
      return { status: 204 };
    },
  };
}
