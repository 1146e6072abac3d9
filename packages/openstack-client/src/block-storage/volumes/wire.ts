import type { ParsersByMicroversion } from '../../service/microversion.ts';
import type { WireReader } from '../../wire/reader.ts';
import type {
  Volume,
  VolumeCreate,
  VolumeEncryption,
  VolumeSince348,
  VolumeSince363,
  VolumeSince365,
  VolumesByMicroversion,
} from './model.ts';

export function parseVolume(volume: WireReader): Volume {
  return {
    id: volume.string('id'),
    name: volume.optionalString('name'),
    description: volume.optionalString('description'),
    status: volume.string('status'),
    sizeGiB: volume.integer('size'),
    volumeType: volume.optionalString('volume_type'),
    multiattach: volume.booleanOr('multiattach', false),
    encrypted: volume.booleanOr('encrypted', false),
    bootable: volume.optionalString('bootable') === 'true',
    attachments: volume.list('attachments', (attachment) => ({
      attachmentId: attachment.string('attachment_id'),
      serverId: attachment.optionalString('server_id'),
      hostName: attachment.optionalString('host_name'),
      device: attachment.optionalString('device'),
    })),
    snapshotId: volume.optionalString('snapshot_id'),
    sourceVolumeId: volume.optionalString('source_volid'),
    availabilityZone: volume.optionalString('availability_zone'),
    createdAt: volume.optionalDate('created_at'),
    host: volume.optionalString('os-vol-host-attr:host'),
    projectId: volume.optionalString('os-vol-tenant-attr:tenant_id'),
    metadata: volume.has('metadata') ? volume.stringRecord('metadata') : {},
    raw: volume.raw,
  };
}

/** Undefined: the volume has no key, so nothing of it is encrypted. */
export function parseVolumeEncryption(encryption: WireReader): VolumeEncryption | undefined {
  const keyId = encryption.optionalString('encryption_key_id');
  if (keyId === undefined) return undefined;
  return {
    keyId,
    provider: encryption.string('provider'),
    controlLocation: encryption.optionalString('control_location') === 'back-end' ? 'back-end' : 'front-end',
    cipher: encryption.optionalString('cipher'),
    keySizeBits: encryption.optionalInteger('key_size'),
    raw: encryption.raw,
  };
}

function parse348(volume: WireReader): VolumeSince348 {
  return {
    ...parseVolume(volume),
    sharedTargets: volume.optionalBoolean('shared_targets'),
    serviceId: volume.optionalString('service_uuid'),
  };
}

function parse363(volume: WireReader): VolumeSince363 {
  return { ...parse348(volume), volumeTypeId: volume.optionalString('volume_type_id') };
}

function parse365(volume: WireReader): VolumeSince365 {
  return { ...parse363(volume), consumesQuota: volume.boolean('consumes_quota') };
}

export const VOLUME_PARSERS: ParsersByMicroversion<VolumesByMicroversion> = {
  '3.0': parseVolume,
  '3.48': parse348,
  '3.63': parse363,
  '3.65': parse365,
};

export function writeVolume(volume: VolumeCreate): object {
  const { sizeGiB: size, name, description, volumeType: volume_type, metadata } = volume;
  const source = { imageRef: volume.imageId, snapshot_id: volume.snapshotId, source_volid: volume.sourceVolumeId };
  return { size, name, description, volume_type, metadata, availability_zone: volume.availabilityZone, ...source };
}
