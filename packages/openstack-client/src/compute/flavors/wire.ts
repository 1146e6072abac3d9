import type { WireReader } from '../../wire/reader.ts';
import type { Flavor } from './model.ts';

export function parseFlavor(flavor: WireReader): Flavor {
  return {
    id: flavor.string('id'),
    name: flavor.string('name'),
    vcpus: flavor.integer('vcpus'),
    ramMiB: flavor.integer('ram'),
    diskGiB: flavor.integer('disk'),
    extraSpecs: flavor.has('extra_specs') ? flavor.stringRecord('extra_specs') : undefined,
    raw: flavor.raw,
  };
}
