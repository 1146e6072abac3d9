import { randomUUID } from 'node:crypto';
import type { QosSpecsCreate, VolumeTypeEncryptionCreate } from '@iorcl/openstack-client';
import type { Scene } from './scene.ts';

export interface VolumeTypeOptions {
  readonly extraSpecs?: Readonly<Record<string, string>>;
  readonly encryption?: VolumeTypeEncryptionCreate;
  readonly qos?: Omit<QosSpecsCreate, 'name'>;
}

/** A volume type as an operator makes one, on the backend of type `rbd`. It is removed when the scene ends. Answers its name. */
export async function makeVolumeType(scene: Scene, options: VolumeTypeOptions): Promise<string> {
  const { volumeTypes, qosSpecs } = scene.stage.admin.blockStorage;
  const name = `iorcl-acceptance-${randomUUID()}`;
  const plain = (await volumeTypes.list()).find((one) => one.name === 'rbd');
  const type = await volumeTypes.create({ name, extraSpecs: { ...plain?.extraSpecs, ...options.extraSpecs } });
  scene.onEnd(() => volumeTypes.delete(type.id));
  if (options.encryption !== undefined) await volumeTypes.createEncryption(type.id, options.encryption);
  if (options.qos !== undefined) {
    const specs = await qosSpecs.create({ name, ...options.qos });
    scene.onEnd(() => qosSpecs.delete(specs.id, true));
    await qosSpecs.associate(specs.id, type.id);
  }
  return name;
}
