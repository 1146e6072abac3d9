import { link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalCommandRunner } from '../../command/local-command-runner.ts';
import { safeFile } from './safe-file.ts';

let root: string;
let allowed: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'iorcl-safe-file-'));
  allowed = join(root, 'volumes');
  await mkdir(join(allowed, 'sub'), { recursive: true });
  await writeFile(join(allowed, 'sub', 'volume'), 'x');
  await writeFile(join(root, 'secret'), 'x');
});
afterEach(() => rm(root, { recursive: true }));

const unsafe = (path: string, why: string | RegExp) =>
  expect(safeFile(path, [allowed])).rejects.toMatchObject({ code: 'unsafe_path', message: expect.stringMatching(why) });

describe('path of a volume file', () => {
  it('is accepted below an allowed directory, also when that is given with a trailing slash', async () => {
    const path = join(allowed, 'sub', 'volume');
    expect(await safeFile(path, ['/nowhere', `${allowed}/`])).toMatchObject({ path });
  });

  it('may lead through a symbolic link above the allowed directory: that is the operator’s own', async () => {
    await symlink(allowed, join(root, 'alias'));
    const path = join(root, 'alias', 'sub', 'volume');
    expect(await safeFile(path, [join(root, 'alias')])).toMatchObject({ path });
  });

  it('is refused when it is relative, climbs, or is not plain', async () => {
    await unsafe('volumes/sub/volume', 'absolute');
    await unsafe(`${allowed}/../secret`, 'plain');
    await unsafe(`${allowed}/sub/../../secret`, 'plain');
    await unsafe(`${allowed}//sub/volume`, 'plain');
    await unsafe(`${allowed}/sub/volume/`, 'plain');
    await unsafe(`${allowed}/sub/volume\0`, 'plain');
  });

  it('is refused outside of the allowed directories, also beside them with the same beginning', async () => {
    await unsafe(join(root, 'secret'), 'not below an allowed directory');
    await writeFile(`${allowed}-too`, 'x');
    await unsafe(`${allowed}-too`, 'not below an allowed directory');
    await unsafe(allowed, 'not below an allowed directory');
    await expect(safeFile(join(root, 'secret'), [])).rejects.toThrow('none is configured');
  });

  it('is refused when a symbolic link is on the way, or the file is one', async () => {
    await symlink(join(root, 'secret'), join(allowed, 'link'));
    await symlink(root, join(allowed, 'directory-link'));
    await unsafe(join(allowed, 'link'), 'symbolic link');
    await unsafe(join(allowed, 'directory-link', 'secret'), 'symbolic link');
  });

  it('is refused when it is no regular file; a FIFO stops nobody', async () => {
    await new LocalCommandRunner().run({ program: 'mkfifo', args: [join(allowed, 'fifo')] });
    await unsafe(join(allowed, 'fifo'), 'regular file');
    await unsafe(join(allowed, 'sub'), 'regular file');
  });

  it('that leads nowhere is a failure of the backend', async () => {
    await expect(safeFile(join(allowed, 'absent'), [allowed])).rejects.toMatchObject({
      code: 'backend_failed',
      message: expect.stringContaining('ENOENT'),
    });
  });

  it('leads to the same file as a hard link to it', async () => {
    await link(join(allowed, 'sub', 'volume'), join(allowed, 'second-name'));
    const [one, two] = await Promise.all([
      safeFile(join(allowed, 'sub', 'volume'), [allowed]),
      safeFile(join(allowed, 'second-name'), [allowed]),
    ]);
    expect([one.device, one.inode]).toEqual([two.device, two.inode]);
  });
});
