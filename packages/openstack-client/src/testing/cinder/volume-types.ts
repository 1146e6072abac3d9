import { randomUUID } from 'node:crypto';
import type { FakeVolumeType } from './model.ts';

/** A plain file, handed out the way IBM Spectrum Scale hands out its files: stock Nova attaches it as a file disk. */
export const fileType: FakeVolumeType = {
  name: 'file',
  fileBacked: true,
  backendName: 'file',
  connect: (volume, path) => ({
    driver_volume_type: 'gpfs',
    data: { name: `volume-${volume.id}`, device_path: path },
  }),
};

const SECRET_UUID = randomUUID();

/** As Ceph RBD's driver answers; nothing is stored. */
export const rbdType: FakeVolumeType = {
  name: 'rbd',
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
