import { isVlanId } from '../link/kind/vlan.ts';
import { checkLinkName } from '../link/link-name.ts';
import type { NeutronPort, PlugTarget, TenantNetwork, TenantNetworksOptions } from './contract.ts';
import type { PlugPlace, Segment } from './identity.ts';
import { parseLeafAddress } from './leaf-address.ts';
import { TenantNetworkError } from './tenant-network-error.ts';

/** The target for whatever has none of its own. */
const EVERY_OTHER = '*';
/** Networks that only Neutron's agent can connect; a tunnel's id has 24 bits (VXLAN, Geneve) or 32 (GRE). */
const MAX_TUNNEL_ID: Readonly<Record<string, number>> = { vxlan: 0xff_ffff, geneve: 0xff_ffff, gre: 0xffff_ffff };

function refuse(message: string, cause?: unknown): never {
  throw new TenantNetworkError('invalid_options', message, cause);
}

function checkTarget(physicalNetwork: string, target: PlugTarget): void {
  const name = target.kind === 'vlan' ? target.device : target.kind === 'bridge' ? undefined : target.bridge;
  if (physicalNetwork === EVERY_OTHER && target.kind !== 'neutron-port') {
    refuse(`target of "*" is of kind ${target.kind}: only neutron-port leads to networks of any type`);
  }
  try {
    if (name !== undefined) checkLinkName(name);
  } catch (cause) {
    refuse(`target of physical network "${physicalNetwork}": ${cause instanceof Error ? cause.message : cause}`, cause);
  }
}

/** @throws TenantNetworkError `invalid_options` */
export function checkOptions({ site, host, targets, place, inbound }: TenantNetworksOptions): void {
  if (!/^[a-z0-9]{1,8}$/.test(site)) refuse(`site "${site}": 1 to 8 characters a-z, 0-9 are allowed`);
  if (host === '') refuse('host is empty; give the name of this host');
  if (place === 'host' && inbound !== 'refused') {
    refuse('place is host, so inbound must be refused: tenants would reach whatever listens on this host');
  }
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

/** @throws TenantNetworkError `invalid_address` */
export function checkAddresses(addresses: readonly string[], place: PlugPlace): void {
  addresses.forEach(parseLeafAddress);
  const [first] = addresses;
  if (place === 'namespace' || first === undefined) return;
  throw new TenantNetworkError(
    'invalid_address',
    `"${first}" cannot be given to a link among the host's own: tenants may use the same; such links have link-local addresses only`,
  );
}

/** @throws TenantNetworkError `port_required` */
export function checkPort(target: PlugTarget, network: TenantNetwork, port: NeutronPort | undefined): void {
  if (target.kind !== 'neutron-port') return;
  const good = port !== undefined && port.id !== '' && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(port.macAddress);
  if (good) return;
  const what = port === undefined ? 'none was given' : `given were id "${port.id}" and MAC "${port.macAddress}"`;
  throw new TenantNetworkError(
    'port_required',
    `cannot plug network ${network.networkId} by kind neutron-port: it needs the id and the lower-case MAC address of a Neutron port; ${what}`,
  );
}

/** How a network is cut out of its physical network, or of all tunnels; `undefined` when nothing could. */
export function segmentOf(network: TenantNetwork): Segment | undefined {
  const { type, physicalNetwork, segmentationId } = network;
  if (type === 'vlan') {
    if (physicalNetwork === undefined || segmentationId === undefined) return undefined;
    return isVlanId(segmentationId) ? { physicalNetwork, vlanId: segmentationId } : undefined;
  }
  if (type === 'flat') {
    return physicalNetwork === undefined
      ? undefined
      : { networkType: type, physicalNetwork, segmentationId: undefined };
  }
  const max = Object.hasOwn(MAX_TUNNEL_ID, type) ? MAX_TUNNEL_ID[type] : undefined;
  const isId = max !== undefined && Number.isInteger(segmentationId) && Number(segmentationId) >= 1;
  if (!isId || Number(segmentationId) > max) return undefined;
  return { networkType: type, physicalNetwork: undefined, segmentationId };
}

/** The way to a network, if the configuration names one. */
export function targetOf(
  { physicalNetwork }: TenantNetwork,
  targets: TenantNetworksOptions['targets'],
): PlugTarget | undefined {
  const name = physicalNetwork !== undefined && Object.hasOwn(targets, physicalNetwork) ? physicalNetwork : EVERY_OTHER;
  return Object.hasOwn(targets, name) ? targets[name] : undefined;
}

/**
 * The segment and the target of a network.
 *
 * @throws TenantNetworkError that says why the network cannot be plugged here.
 */
export function requireTarget(
  network: TenantNetwork,
  targets: TenantNetworksOptions['targets'],
): { readonly segment: Segment; readonly target: PlugTarget } {
  const { networkId, type, physicalNetwork, segmentationId } = network;
  const tried = `cannot plug network ${networkId}`;
  const known = Object.keys(targets);
  const target = targetOf(network, targets);
  const byNeutron = target?.kind === 'neutron-port' && ['flat', ...Object.keys(MAX_TUNNEL_ID)].includes(type);
  if (type !== 'vlan' && !byNeutron) {
    const kinds = target === undefined ? Object.values(targets).map(({ kind }) => kind) : [target.kind];
    const by = [...new Set(kinds)].join(' or ') || 'any';
    throw new TenantNetworkError(
      'network_type_unsupported',
      `${tried}: its type is "${type}", which is not supported by plug kind ${by}; networks of type "vlan" are, and kind neutron-port reaches vxlan, gre, geneve and flat ones too`,
    );
  }
  const needsPhysicalNetwork = type === 'vlan' || type === 'flat';
  if ((needsPhysicalNetwork && physicalNetwork === undefined) || target === undefined) {
    const which =
      physicalNetwork === undefined ? 'it has no physical network' : `physical network "${physicalNetwork}"`;
    const choice =
      known.length === 0 ? 'none is configured' : `configured are ${known.map((n) => `"${n}"`).join(', ')}`;
    throw new TenantNetworkError('physical_network_unknown', `${tried}: ${which} has no way configured; ${choice}`);
  }
  const segment = segmentOf(network);
  if (segment === undefined) {
    const what = segmentationId === undefined ? 'it has no segmentation id' : `segmentation id ${segmentationId}`;
    const range = type === 'vlan' ? 'a VLAN id from 1 to 4094' : `an id from 1 to ${MAX_TUNNEL_ID[type] ?? 0}`;
    throw new TenantNetworkError('segmentation_id_invalid', `${tried}: ${what}; ${range} is needed`);
  }
  return { segment, target };
}
