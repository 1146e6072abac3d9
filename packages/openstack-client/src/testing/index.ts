export type { NewVolume } from './cinder/database.ts';
export type {
  DriverConnection,
  FakeAttachment,
  FakeAttachmentStatus,
  FakeVolume,
  FakeVolumeStatus,
} from './cinder/model.ts';
export type { FakeClock } from './clock.ts';
export {
  FakeCloud,
  type FakeCloudOptions,
  type FakeCredentialsSet,
  type FakeEndpoints,
  type FakeQuotas,
  type NewServer,
  type NewVolumeType,
} from './fake-cloud.ts';
export type { FakeServiceName, RecordedRequest, TokenOwner } from './http/exchange.ts';
export type { FaultEffect, FaultMatcher, InjectedFault, NewFault } from './http/injected-fault.ts';
export type { Outage } from './http/outage.ts';
export type { FakeCredentials } from './keystone/model.ts';
export type { NewNetwork } from './neutron/database.ts';
export type { FakeNetwork, FakePort } from './neutron/model.ts';
export type { NewFlavor } from './nova/database.ts';
export type { BlockDevice, FakeFlavor, FakeServer } from './nova/model.ts';
export type { AttachedDisk } from './simulated-compute/disk.ts';
export type { RecordedCall } from './simulated-compute/recorded-call.ts';
export { SimulatedCompute, type SimulatedComputeOptions } from './simulated-compute/simulated-compute.ts';
export { SimulatedNovaError, type SimulatedNovaErrorCode } from './simulated-compute/simulated-nova-error.ts';
