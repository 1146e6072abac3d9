import { readAt } from '../disk-io.ts';
import type { AttachedVolume, Scene } from '../scene.ts';
import { BLOCK_BYTES, block, startWriting } from '../steady-writer.ts';

const START = 64 * 1024 * 1024;

export async function crash({ cast, narrator }: Scene, volume: AttachedVolume): Promise<void> {
  narrator.chapter('kill -9 iorcld, in the middle of I/O');
  const processesBefore = cast.dataPlane();
  const writer = startWriting(volume.disk, START);
  await writer.waitFor(50);
  const pid = await cast.killIorcld();
  narrator.remark(`iorcld (pid ${pid}) was killed after ${writer.written} flushed blocks`);
  const list = await cast.iorcl('attachment', 'list');
  narrator.quote(list.error);
  narrator.claim('nobody answers the operator now', [list.status, /ECONNREFUSED/.test(list.error)], [1, true]);
  const before = writer.written;
  await writer.waitFor(200);
  narrator.claim('the I/O goes on without it', writer.written - before >= 200);
  await cast.startIorcld();
  await writer.waitFor(50);
  await writer.stop();
  const stored = await readAt(volume.file, writer.written * BLOCK_BYTES, START);
  const expected = Buffer.concat(Array.from({ length: writer.written }, (_, number) => block(number)));
  narrator.claim(`all ${writer.written} blocks are in the volume's file, without one error`, expected.equals(stored));
  narrator.claim(
    'iorcld is back, and the data-plane processes are the same as before',
    cast.dataPlane(),
    processesBefore,
  );
  const shown = await cast.iorcl('attachment', 'show', volume.attachmentId, '-f', 'json');
  narrator.claim('it has adopted the attachment', JSON.parse(shown.out).Status, 'attached');
}
