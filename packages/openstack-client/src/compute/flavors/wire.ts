import type { WireReader } from '../../wire/reader.ts';
import type { Flavor, FlavorCreate } from './model.ts';

export function parseFlavor(flavor: WireReader): Flavor {
  return {
    id: flavor.string('id'),
    name: flavor.string('name'),
    vcpus: flavor.integer('vcpus'),
    ramMiB: flavor.integer('ram'),
    diskGiB: flavor.integer('disk'),
    ephemeralGiB: flavor.optionalInteger('OS-FLV-EXT-DATA:ephemeral') ?? 0,
    isPublic: flavor.booleanOr('os-flavor-access:is_public', true),
    description: flavor.optionalString('description'),
    extraSpecs: flavor.has('extra_specs') ? flavor.stringRecord('extra_specs') : undefined,
    raw: flavor.raw,
  };
}

export function writeFlavor(flavor: FlavorCreate): object {
  const { name, vcpus, ramMiB: ram, diskGiB: disk, swapMiB: swap, description, id } = flavor;
  const named = { name, vcpus, ram, disk, swap, description, id };
  return {
    ...named,
    'OS-FLV-EXT-DATA:ephemeral': flavor.ephemeralGiB,
    'os-flavor-access:is_public': flavor.isPublic,
  };
}
