import { join } from 'node:path';
import { readAt, writeAt } from '../disk-io.ts';
import { entriesOf, mountsBelow } from '../leftovers.ts';
import type { AttachedVolume, Scene } from '../scene.ts';
import { BLOCK_BYTES } from '../steady-writer.ts';
import { PATTERN_AT, type PatternedVolume } from './attach.ts';

export async function detach(
  scene: Scene,
  blue: PatternedVolume,
  red: AttachedVolume,
  linksBefore: readonly string[],
): Promise<void> {
  const { stage, cast, narrator } = scene;
  const { claim } = narrator;
  const { cloud, directory, importsDirectory } = stage;
  narrator.chapter('Detach, and what is left');
  await cast.nova.detachVolume(blue.tenant.serverId, blue.volumeId);
  claim("blue's volume is available", cloud.volume(blue.volumeId)?.status, 'available');
  const more = Buffer.alloc(BLOCK_BYTES, 'more');
  await writeAt(red.disk, more, 0);
  claim("red's goes on working", more.equals(await readAt(red.file, BLOCK_BYTES, 0)));
  await cast.nova.detachVolume(red.tenant.serverId, red.volumeId);
  claim('no attachment in Cinder', cloud.attachments(), []);
  claim('none in iorcl', JSON.parse((await cast.iorcl('attachment', 'list', '-f', 'json')).out), []);
  claim('no data-plane or importer process', cast.dataPlane(), []);
  claim('no network namespace', entriesOf(join(directory, 'netns')), []);
  claim('no link but those of the stage', await stage.linkNames(), linksBefore);
  claim('no mount', mountsBelow(importsDirectory), []);
  const directories = [importsDirectory, join(directory, 'io-networks'), join(directory, 'compute-networks')];
  claim('no import, and no owner of a network', directories.flatMap(entriesOf), []);
  const bytes = await readAt(blue.file, blue.pattern.length, PATTERN_AT);
  claim("blue's bytes are still in blue's volume", blue.pattern.equals(bytes));
}
