export type * from './tenant-network/contract.ts';
