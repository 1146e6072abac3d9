import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { readEventStream, type StreamMessage } from './event-stream.ts';

async function read(chunks: readonly string[]): Promise<StreamMessage[]> {
  const messages: StreamMessage[] = [];
  for await (const message of readEventStream(arriving(chunks))) messages.push(message);
  return messages;
}

async function* arriving(chunks: readonly string[]): AsyncGenerator<string> {
  yield* chunks;
}

it('reads ids, names, data of several lines, and comments', async () => {
  expect(await read(['id: 1\nevent: x\ndata: a\ndata:b\n\n: heartbeat\n\n', 'data: unfinished\n'])).toEqual([
    { id: '1', event: 'x', data: 'a\nb' },
    { id: undefined, event: undefined, data: undefined },
  ]);
});

it('reads the same however the bytes arrive', async () => {
  const text = 'id: 1\ndata: one\n\n: still here\n\nid: 2\ndata: two\n\n';
  const whole = await read([text]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: text.length }), { maxLength: 8 }), async (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), text.length];
      const chunks = at.slice(1).map((end, index) => text.slice(at[index], end));
      expect(await read(chunks)).toEqual(whole);
    }),
  );
});
