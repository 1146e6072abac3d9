import type { WireReader } from '../../wire/reader.ts';
import type { VolumeType, VolumeTypeCreate, VolumeTypeEncryption, VolumeTypeEncryptionCreate } from './model.ts';

export function parseVolumeType(type: WireReader): VolumeType {
  return {
    id: type.string('id'),
    name: type.string('name'),
    description: type.optionalString('description'),
    isPublic: type.optionalBoolean('is_public') ?? type.booleanOr('os-volume-type-access:is_public', true),
    extraSpecs: type.has('extra_specs') ? type.stringRecordOrEmpty('extra_specs') : undefined,
    qosSpecsId: type.optionalString('qos_specs_id'),
    raw: type.raw,
  };
}

export function writeVolumeType(type: VolumeTypeCreate): object {
  const { name, description, isPublic, extraSpecs: extra_specs } = type;
  return { name, description, extra_specs, 'os-volume-type-access:is_public': isPublic };
}

/** Undefined: the type has no encryption, which Cinder says by an empty object. */
export function parseEncryption(encryption: WireReader): VolumeTypeEncryption | undefined {
  if (!encryption.has('provider')) return undefined;
  return {
    provider: encryption.string('provider'),
    controlLocation: encryption.string('control_location') === 'back-end' ? 'back-end' : 'front-end',
    cipher: encryption.optionalString('cipher'),
    keySizeBits: encryption.optionalInteger('key_size'),
    raw: encryption.raw,
  };
}

export function writeEncryption(encryption: VolumeTypeEncryptionCreate): object {
  const { provider, controlLocation: control_location, cipher, keySizeBits: key_size } = encryption;
  return { provider, control_location, cipher, key_size };
}
