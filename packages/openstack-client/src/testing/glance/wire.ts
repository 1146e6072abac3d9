import { createHash } from 'node:crypto';
import { isRecord, type WireRecord } from '../../wire/record.ts';
import { badRequest } from '../http/fault.ts';
import type { FakeImage } from './model.ts';

/** Whole seconds, UTC. */
function glanceTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

export function writeImage(image: FakeImage): WireRecord {
  const { bytes } = image;
  const hash = (algorithm: string): string | null =>
    bytes === undefined ? null : createHash(algorithm).update(bytes).digest('hex');
  return {
    ...image.properties,
    name: image.name,
    disk_format: image.diskFormat,
    container_format: image.containerFormat,
    visibility: image.visibility,
    size: bytes?.length ?? null,
    virtual_size: image.diskFormat === 'raw' ? (bytes?.length ?? null) : null,
    status: image.status,
    checksum: hash('md5'),
    protected: image.protected,
    min_ram: image.minRamMiB,
    min_disk: image.minDiskGiB,
    owner: image.ownerId,
    os_hidden: false,
    os_hash_algo: bytes === undefined ? null : 'sha512',
    os_hash_value: hash('sha512'),
    id: image.id,
    created_at: glanceTime(image.createdAt),
    updated_at: glanceTime(image.updatedAt),
    tags: image.tags,
    self: `/v2/images/${image.id}`,
    file: `/v2/images/${image.id}/file`,
    schema: '/v2/schemas/image',
    ...(image.status === 'active' ? { stores: 'file' } : {}),
  };
}

const DISK_FORMATS = ['ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso', 'ploop'];
const CONTAINER_FORMATS = ['ami', 'ari', 'aki', 'bare', 'ovf', 'ova', 'docker', 'compressed'];
const VISIBILITIES = ['community', 'public', 'private', 'shared'];

/** The properties of a new or changed image. */
export function readImage(body: unknown): Partial<FakeImage> {
  if (!isRecord(body)) throw badRequest('Malformed JSON in request body.');
  const {
    name,
    disk_format,
    container_format,
    visibility,
    min_disk,
    min_ram,
    protected: kept,
    tags,
    id,
    ...rest
  } = body;
  const diskFormat = choice(disk_format, DISK_FORMATS);
  const containerFormat = choice(container_format, CONTAINER_FORMATS);
  const chosen = choice(visibility, VISIBILITIES);
  return {
    ...(typeof id === 'string' ? { id } : {}),
    ...(name === undefined ? {} : { name: typeof name === 'string' ? name : null }),
    ...(diskFormat === undefined ? {} : { diskFormat }),
    ...(containerFormat === undefined ? {} : { containerFormat }),
    ...(chosen === undefined ? {} : { visibility: chosen }),
    ...(typeof min_disk === 'number' ? { minDiskGiB: min_disk } : {}),
    ...(typeof min_ram === 'number' ? { minRamMiB: min_ram } : {}),
    ...(typeof kept === 'boolean' ? { protected: kept } : {}),
    ...(Array.isArray(tags) ? { tags: tags.map(String) } : {}),
    properties: rest,
  };
}

/** Undefined: not given, or null. */
function choice(value: unknown, allowed: readonly string[]): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && allowed.includes(value)) return value;
  const list = allowed.map((one) => `'${one}'`).join(', ');
  throw badRequest(`Provided object does not match schema 'image': '${String(value)}' is not one of [None, ${list}]`);
}
