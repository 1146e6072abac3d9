import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const hypervisor = {
  ...{ id: 'h', hypervisor_hostname: 'node', state: 'up', status: 'enabled', hypervisor_type: 'QEMU' },
  service: { id: 'x', host: 'node' },
};

const counted = { ...hypervisor, vcpus: 2, vcpus_used: 1, memory_mb: 3, memory_mb_used: 2, running_vms: 1 };

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'hypervisor get': {
    call: ({ compute }) => compute.hypervisors.get('h'),
    request: 'GET compute/os-hypervisors/h',
    microversion: 'compute 2.53',
    answer: { hypervisor: counted },
    gives: { vcpus: 2, runningServers: 1, serviceHost: 'node' },
  },
  'hypervisor list': {
    call: ({ compute }) => compute.hypervisors.list(),
    request: 'GET compute/os-hypervisors/detail',
    microversion: 'compute 2.53',
    answer: { hypervisors: [counted] },
    gives: [{ memoryMiB: 3 }],
  },
  'hypervisor list since 2.88': {
    call: ({ compute }) => compute.hypervisors.list({ since: '2.88' }),
    request: 'GET compute/os-hypervisors/detail',
    microversion: 'compute 2.88',
    answer: { hypervisors: [{ ...hypervisor, uptime: 'long' }] },
    gives: [{ uptime: 'long' }],
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Compute API', (_, call) => expectCall(call));
