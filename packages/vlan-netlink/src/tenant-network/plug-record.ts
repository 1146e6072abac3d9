import type { PlugTarget, TenantNetwork } from './contract.ts';
import { TenantNetworkError } from './tenant-network-error.ts';

/** How a network was plugged: enough to unplug it after the configuration has changed. */
export interface PlugRecord {
  readonly network: TenantNetwork;
  readonly target: PlugTarget;
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function parseNetwork(value: unknown): TenantNetwork | undefined {
  if (!isFields(value)) return undefined;
  const { networkId, type, physicalNetwork, segmentationId } = value;
  if (typeof networkId !== 'string' || typeof type !== 'string') return undefined;
  if (typeof physicalNetwork !== 'string' || typeof segmentationId !== 'number') return undefined;
  return { networkId, type, physicalNetwork, segmentationId };
}

function parseTarget(value: unknown): PlugTarget | undefined {
  if (!isFields(value)) return undefined;
  const { kind, device, bridge, ovsdb } = value;
  if (kind === 'bridge') return { kind };
  if (kind === 'vlan' && typeof device === 'string') return { kind, device };
  if (kind === 'ovs' && typeof bridge === 'string' && typeof ovsdb === 'string') return { kind, bridge, ovsdb };
  return undefined;
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
  return { network, target };
}
