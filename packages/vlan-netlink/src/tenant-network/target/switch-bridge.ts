import type { OvsdbClient } from '../../open-vswitch/ovsdb-client.ts';
import { listBridges } from '../../open-vswitch/port.ts';
import type { PlugScene } from '../plug-scene.ts';
import { TenantNetworkError } from '../tenant-network-error.ts';

/** @throws TenantNetworkError `bridge_missing` that names the bridges that there are. */
export async function requireSwitchBridge(
  client: OvsdbClient,
  { network }: PlugScene,
  { bridge, ovsdb }: { readonly bridge: string; readonly ovsdb: string },
): Promise<void> {
  const bridges = await listBridges(client);
  if (bridges.includes(bridge)) return;
  const known = bridges.length === 0 ? 'it has none' : `it has ${bridges.join(', ')}`;
  throw new TenantNetworkError(
    'bridge_missing',
    `cannot plug network ${network.networkId}: the Open vSwitch at ${ovsdb} has no bridge ${bridge}; ${known}`,
  );
}
