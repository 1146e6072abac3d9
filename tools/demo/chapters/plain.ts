import { hostsOf, pathOf, type Scene } from '../scene.ts';
import { COMPUTE_HOST } from '../stage.ts';

export async function plain(scene: Scene): Promise<void> {
  const { stage, cast, narrator } = scene;
  narrator.chapter('An instance without io:enabled, through the same hook');
  const { id } = stage.cloud.addVolume({ sizeGiB: 1 });
  const disk = await cast.nova.attachVolume(stage.plainServerId, id);
  narrator.claim("it gets Cinder's own answer, the volume itself", pathOf(disk), stage.cloud.volumeFile(id));
  narrator.claim('Cinder says that the compute host has it', hostsOf(scene, id), [COMPUTE_HOST]);
  narrator.claim(
    'iorcl knows nothing of it',
    (await cast.iorcl('attachment', 'list')).out.includes(disk.attachmentId),
    false,
  );
  await cast.nova.detachVolume(stage.plainServerId, id);
}
