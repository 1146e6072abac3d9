import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDetached } from './detached.ts';

let directory: string;
let logFile: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'iorcl-detached-'));
  logFile = join(directory, 'log');
});
afterEach(() => rm(directory, { recursive: true }));

describe('detached command', () => {
  it('runs in a session of its own, with its words in the log and our descriptors from 3 on', async () => {
    const gift = await open(join(directory, 'gift'), 'w');
    const script = 'echo $$; ps -o sid= -p $$; echo err >&2; echo given >&3';
    const { pid, exited } = await startDetached(
      { program: 'sh', args: ['-c', script] },
      { logFile, extraFds: [gift.fd] },
    );
    expect(await exited).toEqual({ exitCode: 0, signal: undefined });
    await gift.close();
    const words = (await readFile(logFile, 'utf8')).split(/\s+/).filter((word) => word !== '');
    expect(words).toEqual([`${pid}`, `${pid}`, 'err']);
    expect(await readFile(join(directory, 'gift'), 'utf8')).toBe('given\n');
    expect((await stat(logFile)).mode & 0o777).toBe(0o600);
  });

  it('is reported when it can not be started', async () => {
    const start = startDetached({ program: 'no-such-program', args: [] }, { logFile });
    await expect(start).rejects.toMatchObject({ code: 'start_failed' });
  });
});
