import { isWithoutNftables } from '../nftables/table.ts';
import type { PlugScene } from './plug-scene.ts';
import { TenantNetworkError } from './tenant-network-error.ts';

/** Runs `action`, which needs nftables. @throws TenantNetworkError `kernel_lacks_nftables` */
export async function withNftables<T>({ network }: PlugScene, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!isWithoutNftables(error)) throw error;
    throw new TenantNetworkError(
      'kernel_lacks_nftables',
      `cannot plug network ${network.networkId} so that it refuses connections: ${error.message}; load the module nf_tables`,
      error,
    );
  }
}
