export type FakeServerStatus =
  | 'BUILD'
  | 'ACTIVE'
  | 'SHUTOFF'
  | 'PAUSED'
  | 'SUSPENDED'
  | 'SHELVED_OFFLOADED'
  | 'VERIFY_RESIZE'
  | 'ERROR';

/** Nova's own word for a state, which its refusals name. */
export const VM_STATES: Readonly<Record<FakeServerStatus, string>> = {
  BUILD: 'building',
  ACTIVE: 'active',
  SHUTOFF: 'stopped',
  PAUSED: 'paused',
  SUSPENDED: 'suspended',
  SHELVED_OFFLOADED: 'shelved_offloaded',
  VERIFY_RESIZE: 'resized',
  ERROR: 'error',
};

/** What the hypervisor says: 1 running, 3 paused, 4 shut down, 0 nothing. */
export const POWER_STATES: Readonly<Record<FakeServerStatus, number>> = {
  BUILD: 0,
  ACTIVE: 1,
  SHUTOFF: 4,
  PAUSED: 3,
  SUSPENDED: 4,
  SHELVED_OFFLOADED: 4,
  VERIFY_RESIZE: 1,
  ERROR: 0,
};
