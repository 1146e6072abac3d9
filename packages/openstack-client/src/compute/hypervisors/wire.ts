import type { ParsersByMicroversion } from '../../service/microversion.ts';
import type { WireReader } from '../../wire/reader.ts';
import type { CountedHypervisor, Hypervisor, HypervisorSince288, HypervisorsByMicroversion } from './model.ts';

function parseHypervisor(hypervisor: WireReader): Hypervisor {
  const service = hypervisor.object('service');
  return {
    id: hypervisor.string('id'),
    hostname: hypervisor.string('hypervisor_hostname'),
    state: hypervisor.string('state'),
    status: hypervisor.string('status'),
    type: hypervisor.string('hypervisor_type'),
    hostIp: hypervisor.optionalString('host_ip'),
    serviceId: service.string('id'),
    serviceHost: service.string('host'),
    raw: hypervisor.raw,
  };
}

function parseCountedHypervisor(hypervisor: WireReader): CountedHypervisor {
  return {
    ...parseHypervisor(hypervisor),
    vcpus: hypervisor.integer('vcpus'),
    vcpusUsed: hypervisor.integer('vcpus_used'),
    memoryMiB: hypervisor.integer('memory_mb'),
    memoryUsedMiB: hypervisor.integer('memory_mb_used'),
    runningServers: hypervisor.integer('running_vms'),
  };
}

function parse288(hypervisor: WireReader): HypervisorSince288 {
  return { ...parseHypervisor(hypervisor), uptime: hypervisor.optionalString('uptime') };
}

export const HYPERVISOR_PARSERS: ParsersByMicroversion<HypervisorsByMicroversion> = {
  '2.53': parseCountedHypervisor,
  '2.88': parse288,
};
