import { randomUUID } from 'node:crypto';
import type { FakeVolumeDriver, FakeVolumeType } from './model.ts';

/** A plain file, handed out the way IBM Spectrum Scale hands out its files: stock Nova attaches it as a file disk. */
const fileDriver: FakeVolumeDriver = {
  fileBacked: true,
  backendName: 'file',
  connect: (volume, path) => ({
    driver_volume_type: 'gpfs',
    data: { name: `volume-${volume.id}`, device_path: path },
  }),
};

const SECRET_UUID = randomUUID();

/** As Ceph RBD's driver answers; nothing is stored. */
const rbdDriver: FakeVolumeDriver = {
  fileBacked: false,
  backendName: 'rbd',
  connect: (volume) => ({
    driver_volume_type: 'rbd',
    data: {
      name: `volumes/volume-${volume.id}`,
      hosts: ['127.0.0.1'],
      ports: ['6789'],
      cluster_name: 'ceph',
      auth_enabled: true,
      auth_username: 'cinder',
      secret_type: 'ceph',
      secret_uuid: SECRET_UUID,
      volume_id: volume.id,
      discard: true,
    },
  }),
};

/** A volume type of the same name as its driver's backend. */
export function typeOf(name: string, driver: FakeVolumeDriver): FakeVolumeType {
  const extraSpecs = { volume_backend_name: driver.backendName };
  return {
    id: randomUUID(),
    name,
    description: null,
    isPublic: true,
    extraSpecs,
    qosSpecsId: null,
    encryption: null,
    driver,
  };
}

export const fileType: FakeVolumeType = typeOf('file', fileDriver);
export const rbdType: FakeVolumeType = typeOf('rbd', rbdDriver);
