import { spawn } from 'node:child_process';
import type { ConformanceWriter } from '../../src/testing/index.ts';

const PROMPT = 'qemu-io> ';
const ROUND: readonly string[] = [
  ...Array.from({ length: 8 }, (_, index) => `aio_write -q -P 90 ${index * 4096} 4096\n`),
  'aio_flush\n',
];
const ROUND_BYTES = 8 * 4096;

/** Starts qemu-io, which takes round after round of eight writes from us, a line whenever it asks for one. */
export async function startWriting(args: readonly string[]): Promise<ConformanceWriter> {
  const child = spawn('qemu-io', [...args], { stdio: 'pipe' });
  const ended = Promise.withResolvers<void>();
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const waiting = new Set<{ rounds: number; resolve: (goesOn: boolean) => void }>();
  let rounds = 0;
  let over = false;
  let nextLine = 0;
  let unread = '';
  let said = '';

  const end = (): void => {
    over = true;
    ended.resolve();
    for (const each of waiting) {
      each.resolve(false);
    }
    waiting.clear();
    child.kill('SIGKILL');
  };
  const roundDone = (): void => {
    rounds += 1;
    for (const each of waiting) {
      each.rounds -= 1;
      if (each.rounds === 0) {
        each.resolve(true);
        waiting.delete(each);
      }
    }
  };
  const prompted = (): void => {
    if (nextLine === ROUND.length) {
      roundDone();
      nextLine = 0;
    }
    child.stdin.write(ROUND[nextLine]);
    nextLine += 1;
  };
  const read = (text: string): void => {
    unread += text;
    said = (said + text).slice(-1000);
    const parts = unread.split(PROMPT);
    unread = parts.pop() ?? '';
    if (/failed|can't open/.test(text)) {
      end();
    }
    for (const _ of over ? [] : parts) {
      prompted();
    }
  };
  child.stdout.setEncoding('utf8').on('data', read);
  child.stderr.setEncoding('utf8').on('data', read);
  child.stdin.on('error', () => {});
  closed.then(end);

  const writer: ConformanceWriter = {
    ended: ended.promise,
    // The round under way may have been written before the call; the next one was not.
    goesOn: () => (over ? Promise.resolve(false) : new Promise((resolve) => waiting.add({ rounds: 2, resolve }))),
    writtenBytes: () => rounds * ROUND_BYTES,
    stop: async () => {
      end();
      await closed;
    },
  };
  if (!(await writer.goesOn())) {
    throw new Error(`qemu-io could not write: ${said}`);
  }
  return writer;
}
