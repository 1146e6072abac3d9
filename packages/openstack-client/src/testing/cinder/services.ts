import { isRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { notFound } from '../http/fault.ts';
import type { Handler, RouteTable } from '../http/routes.ts';
import { optionalText, requiredText } from '../http/wire-body.ts';
import type { CinderDatabase } from './database.ts';
import type { FakeBlockStorageService } from './model.ts';
import { requireAdmin } from './policy.ts';
import { cinderTime } from './wire.ts';

/** `/os-services`: Cinder's own daemons. They are always up. */
export function serviceRoutes(database: CinderDatabase): RouteTable {
  const switchTo = (status: FakeBlockStorageService['status']): Handler => {
    return (request) => {
      requireAdmin(request, 'volume_extension:services:update');
      const body = isRecord(request.body) ? request.body : {};
      const [host, binary] = [requiredText(body, 'host'), requiredText(body, 'binary')];
      const found = database.services.find((service) => service.host === host && service.binary === binary);
      if (found === undefined) throw notFound(`Service ${binary} could not be found on host ${host}.`);
      const disabledReason = status === 'enabled' ? null : (optionalText(body, 'disabled_reason') ?? null);
      database.services = database.services.map((service) =>
        service === found ? { ...service, status, disabledReason } : service,
      );
      const reason = disabledReason === null ? {} : { disabled_reason: disabledReason };
      return {
        status: 200,
        body: { host, service: binary, disabled: status === 'disabled', binary, status, ...reason },
      };
    };
  };
  return {
    'GET /os-services': (request) => {
      requireAdmin(request, 'volume_extension:services:index');
      const wanted = database.services.filter(
        ({ host, binary }) => fits(request, 'host', host) && fits(request, 'binary', binary),
      );
      return {
        status: 200,
        body: {
          services: wanted.map(({ binary, host, status, disabledReason }) => ({
            ...{ binary, host, zone: 'nova', status, state: 'up', updated_at: cinderTime(database.now()) },
            ...(request.minor >= 49 && binary === 'cinder-volume' ? { backend_state: 'up' } : {}),
            ...(request.minor >= 7 ? { cluster: null } : {}),
            disabled_reason: disabledReason,
            ...(binary === 'cinder-volume'
              ? { replication_status: 'disabled', active_backend_id: null, frozen: false }
              : {}),
          })),
        },
      };
    },
    'PUT /os-services/enable': switchTo('enabled'),
    'PUT /os-services/disable': switchTo('disabled'),
    'PUT /os-services/disable-log-reason': switchTo('disabled'),
  };
}

function fits(request: FakeRequest, name: string, value: string): boolean {
  const wanted = request.query.get(name);
  return wanted === null || wanted === value;
}
