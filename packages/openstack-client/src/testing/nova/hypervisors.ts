import type { WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { notFound } from '../http/fault.ts';
import { pageOf } from '../http/paging.ts';
import type { RouteTable } from '../http/routes.ts';
import type { NovaDatabase } from './database.ts';
import type { FakeComputeService } from './model.ts';
import { requireAdmin } from './policy.ts';

const VCPUS = 8;
const MEMORY_MIB = 16_384;
const LOCAL_GB = 100;

/** `/os-hypervisors`: one for each nova-compute, all of the same size. Its id is the service's. */
export function hypervisorRoutes(database: NovaDatabase): RouteTable {
  const all = (): FakeComputeService[] => database.services.all().filter(({ binary }) => binary === 'nova-compute');
  const write = (request: FakeRequest, service: FakeComputeService): WireRecord => {
    const servers = database.servers().filter(({ host }) => host === service.host);
    const sum = (of: (server: (typeof servers)[number]) => number): number =>
      servers.reduce((total, server) => total + of(server), 0);
    const memoryUsed = 512 + sum(({ flavor }) => flavor.ramMiB);
    return {
      id: request.minor >= 53 ? service.id : 1,
      hypervisor_hostname: service.host,
      state: service.forcedDown ? 'down' : 'up',
      status: service.status,
      hypervisor_type: 'QEMU',
      hypervisor_version: 7_002_000,
      host_ip: '127.0.0.1',
      service: {
        id: request.minor >= 53 ? service.id : 1,
        host: service.host,
        disabled_reason: service.disabledReason,
      },
      ...(request.minor >= 88
        ? { uptime: null }
        : {
            ...{ vcpus: VCPUS, vcpus_used: sum(({ flavor }) => flavor.vcpus), cpu_info: { arch: 'x86_64' } },
            ...{ memory_mb: MEMORY_MIB, memory_mb_used: memoryUsed, free_ram_mb: MEMORY_MIB - memoryUsed },
            ...{ local_gb: LOCAL_GB, local_gb_used: sum(({ flavor }) => flavor.diskGiB), free_disk_gb: LOCAL_GB },
            ...{ disk_available_least: LOCAL_GB, current_workload: 0, running_vms: servers.length },
          }),
    };
  };
  return {
    'GET /v2.1/os-hypervisors/detail': (request) => {
      requireAdmin(request, 'os_compute_api:os-hypervisors:list-detail');
      return { status: 200, body: pageOf(request, 'hypervisors', all(), (service) => write(request, service)) };
    },
    'GET /v2.1/os-hypervisors/:id': (request, parameter) => {
      requireAdmin(request, 'os_compute_api:os-hypervisors:show');
      const service = all().find(({ id }) => id === parameter('id'));
      if (service === undefined) throw notFound(`Hypervisor with ID '${parameter('id')}' could not be found.`);
      return { status: 200, body: { hypervisor: write(request, service) } };
    },
  };
}
