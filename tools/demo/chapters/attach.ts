import { randomBytes } from 'node:crypto';
import { readAt, writeAt } from '../disk-io.ts';
import { type AttachedVolume, attachNewVolume, hostsOf, type Scene } from '../scene.ts';
import { BLOCK_BYTES } from '../steady-writer.ts';

const MIB = 1024 * 1024;
export const PATTERN_AT = 5 * MIB;

/** A volume of blue's, and the random bytes that were written to it at {@link PATTERN_AT}. */
export interface PatternedVolume extends AttachedVolume {
  readonly pattern: Buffer;
}

export async function attach(scene: Scene): Promise<PatternedVolume> {
  const { stage, cast, narrator } = scene;
  narrator.chapter('Blue attaches a volume, as ever');
  const volume = await attachNewVolume(scene, stage.blue);
  narrator.remark(`nova-compute was told: a local file, ${volume.disk}`);
  narrator.claim('Cinder says in-use', stage.cloud.volume(volume.volumeId)?.status, 'in-use');
  narrator.claim('Cinder says that the I/O host has it, not the compute host', hostsOf(scene, volume.volumeId), [
    'io-1',
  ]);
  const list = await cast.iorcl('attachment', 'list');
  narrator.quote(list.out);
  narrator.claim('iorcl lists it as attached', list.out.includes(volume.attachmentId) && / attached /.test(list.out));

  narrator.chapter('Bytes');
  const pattern = randomBytes(MIB);
  await writeAt(volume.disk, pattern, PATTERN_AT);
  const stored = await readAt(volume.file, MIB, PATTERN_AT);
  narrator.claim(
    "1 MiB of random bytes written to the disk is in the volume's file at the I/O host",
    pattern.equals(stored),
  );
  await writeAt(volume.file, pattern.subarray(0, BLOCK_BYTES), 9 * MIB);
  const read = await readAt(volume.disk, BLOCK_BYTES, 9 * MIB);
  narrator.claim('and bytes put into the file are read from the disk', pattern.subarray(0, BLOCK_BYTES).equals(read));
  return { ...volume, pattern };
}
