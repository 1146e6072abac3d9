import { WireError, type WireReader } from '../../wire/reader.ts';
import type { Network } from './model.ts';

export function parseNetwork(network: WireReader): Network {
  return {
    id: network.string('id'),
    name: network.string('name'),
    mtu: network.optionalInteger('mtu'),
    subnetIds: subnetIds(network.raw['subnets']),
    networkType: network.optionalString('provider:network_type'),
    physicalNetwork: network.optionalString('provider:physical_network'),
    segmentationId: network.optionalInteger('provider:segmentation_id'),
    raw: network.raw,
  };
}

function subnetIds(value: unknown): string[] {
  const isText = (item: unknown): item is string => typeof item === 'string';
  if (Array.isArray(value) && value.every(isText)) return value;
  throw new WireError('network.subnets is not an array of strings');
}
