import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { bundle } from '../../test/crash/bundle.ts';
import { contentAfter, contentOf } from '../../test/crash/journal-writes.ts';
import { SqliteJournal } from './sqlite-journal.ts';

vi.setConfig({ testTimeout: 240_000 });

const KILLS = 50;

it('H22: killed at any moment, in the middle of a commit, too: what was written is there, and nothing by halves', async () => {
  using program = await bundle(join(import.meta.dirname, '../../test/crash/journal-writer.ts'));
  using cleanup = new DisposableStack();
  const directory = cleanup.adopt(mkdtempSync(join(tmpdir(), 'iorcld-killed-')), (path) =>
    rmSync(path, { recursive: true }),
  );
  const state = join(directory, 'state');
  const file = join(state, 'journal.sqlite');

  /** Kills a process while it opens the journal, or after some writes. Answers the last write that it acknowledged. */
  async function writeUntilKilled(last: number): Promise<number> {
    const child = spawn(process.execPath, [program.file, file, String(last)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: program.environment,
    });
    const ended = once(child, 'close');
    const writes = Math.random() < 0.3 ? 0 : Math.floor(Math.random() * 20);
    let said = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      said += chunk;
      if (!child.killed && said.split('\n').length - 2 >= writes) {
        await delay(Math.random() * 3);
        child.kill('SIGKILL');
      }
    }
    await ended;
    expect(child.signalCode, said).toBe('SIGKILL');
    const [, ...numbers] = said.trimEnd().split('\n');
    return Number(numbers.at(-1) ?? last);
  }

  let last = 0;
  let unacknowledged = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const acknowledged = await writeUntilKilled(last);
    // A copy is looked at, so that the next process finds what this one left.
    const copy = join(directory, `copy-${kill}`);
    cpSync(state, copy, { recursive: true });
    const journal = new SqliteJournal(join(copy, 'journal.sqlite'));
    const content = contentOf(journal, acknowledged);
    const next = contentOf(journal, acknowledged + 1);
    journal.close();
    rmSync(copy, { recursive: true });
    // The process may have been killed after a write, before it could say so.
    const isNext = JSON.stringify(next) === JSON.stringify(contentAfter(acknowledged + 1));
    if (!isNext) expect(content, `kill ${kill}, after write ${acknowledged}`).toEqual(contentAfter(acknowledged));
    last = isNext ? acknowledged + 1 : acknowledged;
    unacknowledged += isNext ? 1 : 0;
  }
  console.info(`killed ${KILLS} times within ${last} writes, ${unacknowledged} times between a write and its answer`);
  expect(last).toBeGreaterThan(KILLS);
});
