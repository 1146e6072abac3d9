import type { NeutronPort, PlugTarget, TenantNetwork } from './contract.ts';
import { TenantNetworkError } from './tenant-network-error.ts';

/** How a network was plugged: enough to unplug it after the configuration has changed. */
export interface PlugRecord {
  readonly network: TenantNetwork;
  readonly target: PlugTarget;
  readonly port?: NeutronPort;
}

/** Whether two plugs lead to a network in the same way, in whatever order their fields were written. */
export function sameWay(a: Way, b: Way): boolean {
  return sameFields(a.target, b.target) && sameFields(a.port ?? {}, b.port ?? {});
}

interface Way {
  readonly target: PlugTarget;
  readonly port?: NeutronPort | undefined;
}

function sameFields(a: object, b: object): boolean {
  const sorted = (object: object): string => JSON.stringify(Object.entries(object).sort());
  return sorted(a) === sorted(b);
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function parseNetwork(value: unknown): TenantNetwork | undefined {
  if (!isFields(value)) return undefined;
  const { networkId, type, physicalNetwork, segmentationId } = value;
  if (typeof networkId !== 'string' || typeof type !== 'string') return undefined;
  if (physicalNetwork !== undefined && typeof physicalNetwork !== 'string') return undefined;
  if (segmentationId !== undefined && typeof segmentationId !== 'number') return undefined;
  return { networkId, type, physicalNetwork, segmentationId };
}

function parseTarget(value: unknown): PlugTarget | undefined {
  if (!isFields(value)) return undefined;
  const { kind, device, bridge, ovsdb, port } = value;
  if (kind === 'bridge') return { kind };
  if (kind === 'vlan' && typeof device === 'string') return { kind, device };
  if (typeof bridge !== 'string') return undefined;
  if (kind === 'vlan-bridge') return { kind, bridge };
  if (typeof ovsdb !== 'string') return undefined;
  if (kind === 'neutron-port') return { kind, bridge, ovsdb };
  if (kind !== 'ovs') return undefined;
  return port === 'internal' || port === 'veth' ? { kind, bridge, ovsdb, port } : { kind, bridge, ovsdb };
}

function parsePort(value: unknown): NeutronPort | undefined {
  if (!isFields(value)) return undefined;
  const { id, macAddress } = value;
  return typeof id === 'string' && typeof macAddress === 'string' ? { id, macAddress } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws TenantNetworkError `state_damaged` naming the file. */
export function parsePlugRecord(text: string, path: string): PlugRecord {
  const value = parseJson(text);
  const network = isFields(value) ? parseNetwork(value['network']) : undefined;
  const target = isFields(value) ? parseTarget(value['target']) : undefined;
  if (network === undefined || target === undefined) {
    throw new TenantNetworkError(
      'state_damaged',
      `${path} is not the record of a plugged network; remove it and plug again`,
    );
  }
  const port = isFields(value) ? parsePort(value['port']) : undefined;
  return { network, target, ...(port !== undefined && { port }) };
}
