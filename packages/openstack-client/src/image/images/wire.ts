import type { WireReader } from '../../wire/reader.ts';
import type { Image, ImageCreate, ImageUpdate } from './model.ts';

export function parseImage(image: WireReader): Image {
  return {
    id: image.string('id'),
    name: image.optionalString('name'),
    status: image.string('status'),
    diskFormat: image.optionalString('disk_format'),
    containerFormat: image.optionalString('container_format'),
    visibility: image.optionalString('visibility'),
    sizeBytes: image.optionalInteger('size'),
    minDiskGiB: image.optionalInteger('min_disk') ?? 0,
    minRamMiB: image.optionalInteger('min_ram') ?? 0,
    hashAlgorithm: image.optionalString('os_hash_algo'),
    hash: image.optionalString('os_hash_value'),
    protected: image.booleanOr('protected', false),
    ownerId: image.optionalString('owner'),
    tags: image.stringsOr('tags', []),
    createdAt: image.optionalDate('created_at'),
    raw: image.raw,
  };
}

export function writeImage(image: ImageCreate): object {
  const { name, diskFormat: disk_format, visibility, minDiskGiB: min_disk, minRamMiB: min_ram, tags } = image;
  const container_format = image.containerFormat ?? 'bare';
  const fields = { name, disk_format, container_format, visibility, min_disk, min_ram, tags };
  return { ...image.properties, ...fields, protected: image.protected };
}

/** @see https://docs.openstack.org/api-ref/image/v2/#update-image and RFC 6902, of which Glance takes this much */
export function writeImagePatch(change: ImageUpdate, current: Image): object[] {
  const { name, visibility, minDiskGiB: min_disk, minRamMiB: min_ram, tags } = change;
  const fields = { name, visibility, min_disk, min_ram, tags, protected: change.protected, ...change.properties };
  return Object.entries(fields).flatMap(([field, value]): object[] => {
    // A pointer's "/" and "~" (RFC 6901).
    const path = `/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const exists = Object.hasOwn(current.raw, field);
    if (value === undefined) return [];
    if (value === null) return exists ? [{ op: 'remove', path }] : [];
    return [{ op: exists ? 'replace' : 'add', path, value }];
  });
}
