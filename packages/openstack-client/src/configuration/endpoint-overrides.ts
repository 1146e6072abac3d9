import { SERVICE_TYPES, type ServiceType, serviceTypeNames } from '../auth/service-type.ts';
import type { Settings } from './settings.ts';

/**
 * `compute_endpoint_override`, `block_storage_endpoint_override`, … for every service, by any of its names; also Cinder's
 * project name `volume_…`.
 */
export function endpointOverrides({ read }: Pick<Settings, 'read'>): Partial<Record<ServiceType, string>> {
  const overrides: Partial<Record<ServiceType, string>> = {};
  for (const type of SERVICE_TYPES) {
    for (const name of serviceTypeNames(type)) {
      const url = read(`${name.replaceAll('-', '_')}_endpoint_override`);
      if (url === undefined) continue;
      overrides[type] = url;
      break;
    }
  }
  return overrides;
}
