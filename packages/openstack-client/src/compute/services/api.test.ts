import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const service = {
  ...{ id: 'x', binary: 'nova-compute', host: 'node', zone: 'nova', status: 'disabled', state: 'up' },
  ...{ disabled_reason: 'why', forced_down: true, updated_at: '2026-11-22T10:00:00.000000' },
};

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'service list': {
    call: ({ compute }) => compute.services.list({ binary: 'nova-compute' }),
    request: 'GET compute/os-services?binary=nova-compute',
    microversion: 'compute 2.53',
    answer: { services: [service] },
    gives: [{ forcedDown: true, disabledReason: 'why' }],
  },
  'service update': {
    call: ({ compute }) =>
      compute.services.update('x', { status: 'disabled', disabledReason: 'why', forcedDown: true }),
    request: 'PUT compute/os-services/x',
    microversion: 'compute 2.53',
    sends: { status: 'disabled', disabled_reason: 'why', forced_down: true },
    answer: { service },
    gives: { status: 'disabled' },
  },
  'service delete': {
    call: ({ compute }) => compute.services.delete('x'),
    request: 'DELETE compute/os-services/x',
    microversion: 'compute 2.53',
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Compute API', (_, call) => expectCall(call));
