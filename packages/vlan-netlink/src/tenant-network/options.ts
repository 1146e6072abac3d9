import { isVlanId } from '../link/kind/vlan.ts';
import { checkLinkName } from '../link/link-name.ts';
import type { PlugTarget, TenantNetwork, TenantNetworksOptions } from './contract.ts';
import type { VlanSegment } from './identity.ts';
import { TenantNetworkError } from './tenant-network-error.ts';

function refuse(message: string, cause?: unknown): never {
  throw new TenantNetworkError('invalid_options', message, cause);
}

function checkTarget(physicalNetwork: string, target: PlugTarget): void {
  const name = target.kind === 'vlan' ? target.device : target.kind === 'ovs' ? target.bridge : undefined;
  try {
    if (name !== undefined) checkLinkName(name);
  } catch (cause) {
    refuse(`target of physical network "${physicalNetwork}": ${cause instanceof Error ? cause.message : cause}`, cause);
  }
}

/** @throws TenantNetworkError `invalid_options` */
export function checkOptions({ site, host, targets }: TenantNetworksOptions): void {
  if (!/^[a-z0-9]{1,8}$/.test(site)) refuse(`site "${site}": 1 to 8 characters a-z, 0-9 are allowed`);
  if (host === '') refuse('host is empty; give the name of this host');
  for (const [physicalNetwork, target] of Object.entries(targets)) checkTarget(physicalNetwork, target);
}

/** @throws TenantNetworkError `invalid_owner` */
export function checkOwner(owner: string): void {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(owner)) {
    throw new TenantNetworkError(
      'invalid_owner',
      `owner "${owner}": 1 to 64 characters A-Z, a-z, 0-9, "._-" are allowed`,
    );
  }
}

/** How a network of a kind that can be plugged is cut out of its physical network. */
export function segmentOf(network: TenantNetwork): VlanSegment | undefined {
  const { type, physicalNetwork, segmentationId } = network;
  if (type !== 'vlan' || physicalNetwork === undefined || segmentationId === undefined) return undefined;
  return isVlanId(segmentationId) ? { physicalNetwork, vlanId: segmentationId } : undefined;
}

/**
 * The segment and the target of a network.
 *
 * @throws TenantNetworkError that says why the network cannot be plugged here.
 */
export function requireTarget(
  network: TenantNetwork,
  targets: TenantNetworksOptions['targets'],
): { readonly segment: VlanSegment; readonly target: PlugTarget } {
  const { networkId, type, physicalNetwork, segmentationId } = network;
  const tried = `cannot plug network ${networkId}`;
  const known = Object.keys(targets);
  const target =
    physicalNetwork !== undefined && Object.hasOwn(targets, physicalNetwork) ? targets[physicalNetwork] : undefined;
  if (type !== 'vlan') {
    const kinds = target === undefined ? Object.values(targets).map(({ kind }) => kind) : [target.kind];
    const by = [...new Set(kinds)].join(' or ') || 'any';
    throw new TenantNetworkError(
      'network_type_unsupported',
      `${tried}: its type is "${type}", which is not supported by plug kind ${by}; networks of type "vlan" are`,
    );
  }
  if (physicalNetwork === undefined || target === undefined) {
    const which =
      physicalNetwork === undefined ? 'it has no physical network' : `physical network "${physicalNetwork}"`;
    const choice =
      known.length === 0 ? 'none is configured' : `configured are ${known.map((n) => `"${n}"`).join(', ')}`;
    throw new TenantNetworkError('physical_network_unknown', `${tried}: ${which} has no way configured; ${choice}`);
  }
  const segment = segmentOf(network);
  if (segment === undefined) {
    const what = segmentationId === undefined ? 'it has no segmentation id' : `segmentation id ${segmentationId}`;
    throw new TenantNetworkError('segmentation_id_invalid', `${tried}: ${what}; a VLAN id from 1 to 4094 is needed`);
  }
  return { segment, target };
}
