import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExportAccess } from '@iorcl/api';
import { findProcesses } from '@iorcl/iohyp-driver';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { importsImpossible, NbdServer } from '../../../test/nbd-server.ts';
import { readMounts } from '../mount-table.ts';
import { FuseImporter, type FuseImporterOptions } from './fuse-importer.ts';

/**
 * Reads in a process of its own: one that has the disk open can't start others while the export is away (what a fork
 * closes is flushed first).
 */
async function bytesReadBy(program: string, path: string): Promise<number> {
  const child = spawn(program, [path], { stdio: ['ignore', 'pipe', 'ignore'] });
  let length = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    length += chunk.length;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return length;
}

const SIZE = 8 * 1024 * 1024;
const impossible = importsImpossible();

// Real processes: what takes seconds alone takes longer beside other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe.skipIf(impossible !== undefined)(`importer fuse${impossible === undefined ? '' : ` (${impossible})`}`, () => {
  let directory: string;
  let attachmentId: string;
  let importer: FuseImporter;

  const make = (options: Partial<FuseImporterOptions> = {}) =>
    new FuseImporter({
      importsDirectory: join(directory, 'imports'),
      runtimeDirectory: join(directory, 'run'),
      allowPrivateMount: true,
      reconnectDelaySeconds: 20,
      stopTimeoutMs: 2_000,
      ...options,
    });
  const request = (access: ExportAccess) => ({
    attachmentId,
    access,
    interfaceName: 'lo',
    linkLocal: 'fe80::1',
    runInside: <T>(action: () => T): T => action(),
  });
  const daemons = () => findProcesses((args) => args.some((argument) => argument.includes(join(directory, 'run'))));
  const expectNothingLeft = async () => {
    expect(await daemons()).toEqual([]);
    expect((await readMounts()).filter(({ mountPoint }) => mountPoint.startsWith(directory))).toEqual([]);
    expect(readdirSync(join(directory, 'imports'))).toEqual([]);
    expect(readdirSync(join(directory, 'run'))).toEqual([]);
    expect(await importer.list()).toEqual([]);
  };

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'iorcl-fuse-'));
    attachmentId = randomUUID();
    importer = make();
    await importer.prepare();
  });
  afterEach(async () => {
    await importer.unimport(attachmentId);
    rmSync(directory, { recursive: true });
  });

  it('makes an export a file of its size; what is written there is on the volume; unimport leaves nothing', async () => {
    await using server = await NbdServer.start(directory, SIZE);
    const disk = await importer.import(request(server.access));
    expect(disk).toEqual({
      kind: 'file',
      path: join(directory, 'imports', attachmentId, 'disk'),
      sizeBytes: SIZE,
    });
    expect(importer.place(attachmentId)).toEqual({ kind: 'file', path: disk.path });
    const pattern = randomBytes(65_536);
    const handle = await open(disk.path, 'r+');
    try {
      await handle.write(pattern, 0, pattern.length, 1_048_576);
      await handle.sync();
      const back = Buffer.alloc(pattern.length);
      await handle.read(back, 0, back.length, 1_048_576);
      expect(back.equals(pattern)).toBe(true);
    } finally {
      await handle.close();
    }
    expect(
      readFileSync(server.file)
        .subarray(1_048_576, 1_048_576 + pattern.length)
        .equals(pattern),
    ).toBe(true);
    expect(await importer.list()).toEqual([attachmentId]);
    await importer.unimport(attachmentId);
    await expectNothingLeft();
    await importer.unimport(attachmentId);
  });

  it('keeps the key out of the command line, in a file that only its owner reads', async () => {
    await using server = await NbdServer.start(directory, SIZE);
    await importer.import(request(server.access));
    const [daemon] = await daemons();
    expect(daemon?.args.join(' ')).not.toContain(server.access.tls.secretHex);
    const keys = join(directory, 'run', attachmentId, 'psk', 'keys.psk');
    expect(statSync(keys).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'run', attachmentId)).mode & 0o777).toBe(0o700);
  });

  it('importing again answers the same disk, served by the same process, also for another importer object', async () => {
    await using server = await NbdServer.start(directory, SIZE);
    const first = await importer.import(request(server.access));
    const before = await daemons();
    expect(await make().import(request(server.access))).toEqual(first);
    expect(await daemons()).toEqual(before);
  });

  it('a running import is left as it is when options change: an upgrade never touches running I/O', async () => {
    await using server = await NbdServer.start(directory, SIZE);
    const first = await importer.import(request(server.access));
    const before = await daemons();
    expect(await make({ reconnectDelaySeconds: 7 }).import(request(server.access))).toEqual(first);
    expect(await daemons()).toEqual(before);
  });

  it('a running import that does not answer is reported and left alone: a guest may be using it', async () => {
    await using server = await NbdServer.start(directory, SIZE);
    const first = await importer.import(request(server.access));
    const before = await daemons();
    process.kill(before[0]?.pid ?? 0, 'SIGSTOP');
    await expect(importer.import(request(server.access))).rejects.toMatchObject({ code: 'not_answering' });
    process.kill(before[0]?.pid ?? 0, 'SIGCONT');
    expect(await importer.import(request(server.access))).toEqual(first);
    expect(await daemons()).toEqual(before);
  });

  it('an import of another export of the same attachment is replaced', async () => {
    await using server = await NbdServer.start(directory, SIZE);
    await importer.import(request(server.access));
    const before = await daemons();
    await importer.import(request({ ...server.access, readOnly: true }));
    expect(await daemons()).toHaveLength(1);
    expect(await daemons()).not.toEqual(before);
  });

  it('a read-only export becomes a disk that refuses writes', async () => {
    await using server = await NbdServer.start(directory, SIZE);
    const disk = await importer.import(request({ ...server.access, readOnly: true }));
    expect(statSync(disk.path).mode & 0o222).toBe(0);
  });

  it('H19: an export that has grown makes the disk grow, while it is open; again: fine', async () => {
    await using server = await NbdServer.start(directory, SIZE);
    const disk = await importer.import(request(server.access));
    const handle = await open(disk.path, 'r+');
    try {
      await expect(importer.resize(attachmentId, { ...server.access, sizeBytes: SIZE * 2 })).rejects.toMatchObject({
        code: 'cannot_resize',
      });
      expect((await handle.stat()).size).toBe(SIZE);
      const grown = await server.grow(SIZE * 2);
      for (const _time of ['once', 'again']) {
        expect(await importer.resize(attachmentId, grown)).toEqual({ ...disk, sizeBytes: SIZE * 2 });
      }
      expect((await handle.stat()).size).toBe(SIZE * 2);
      const pattern = randomBytes(4096);
      await handle.write(pattern, 0, pattern.length, SIZE + 8192);
      await handle.sync();
      expect(
        readFileSync(server.file)
          .subarray(SIZE + 8192, SIZE + 12_288)
          .equals(pattern),
      ).toBe(true);
    } finally {
      await handle.close();
    }
    await expect(importer.resize(attachmentId, server.access)).rejects.toMatchObject({ code: 'cannot_resize' });
  });

  it('H19: a running import of an export that has grown meanwhile is made to grow, by the same process', async () => {
    await using server = await NbdServer.start(directory, SIZE);
    const disk = await importer.import(request(server.access));
    const before = await daemons();
    const announced = { ...server.access, sizeBytes: SIZE * 2 };
    expect(await importer.import(request(announced))).toEqual(disk);
    await server.grow(SIZE * 2);
    expect(await importer.import(request(announced))).toEqual({ ...disk, sizeBytes: SIZE * 2 });
    expect(await daemons()).toEqual(before);
  });

  it('a disk that is not imported does not grow, and says when it will', async () => {
    await using server = await NbdServer.start(directory, SIZE);
    await expect(importer.resize(attachmentId, server.access)).rejects.toMatchObject({
      code: 'cannot_resize',
      message: expect.stringContaining('when it is imported again'),
    });
    await expectNothingLeft();
  });

  it('H10: a wrong key is refused, and nothing is left', async () => {
    await using server = await NbdServer.start(directory, SIZE);
    const tls = { ...server.access.tls, secretHex: '00'.repeat(32) };
    await expect(importer.import(request({ ...server.access, tls }))).rejects.toMatchObject({ code: 'import_failed' });
    await expectNothingLeft();
  });

  it('H10: an export of another size than announced is refused, and nothing is left', async () => {
    await using server = await NbdServer.start(directory, SIZE);
    const access = { ...server.access, sizeBytes: SIZE * 2 };
    await expect(importer.import(request(access))).rejects.toMatchObject({
      code: 'size_differs',
      message: expect.stringContaining(`${SIZE * 2}`),
    });
    await expectNothingLeft();
  });

  it('H10: an export that nobody serves is an error that says so, and nothing is left', async () => {
    const server = await NbdServer.start(directory, SIZE);
    await server.kill();
    await expect(importer.import(request(server.access))).rejects.toMatchObject({
      code: 'import_failed',
      message: expect.stringContaining('Connection refused'),
    });
    await expectNothingLeft();
  });

  it('an export that is away for a while is a pause, not an error', async () => {
    await using server = await NbdServer.start(directory, SIZE);
    const disk = await importer.import(request(server.access));
    await server.kill();
    const reading = bytesReadBy('cat', disk.path);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await server.run();
    expect(await reading).toBe(SIZE);
  });

  it('H6: unimport ends within bounds when the export is gone, even with a request waiting', async () => {
    await using server = await NbdServer.start(directory, SIZE);
    const disk = await importer.import(request(server.access));
    await server.kill();
    const reading = bytesReadBy('cat', disk.path);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await importer.unimport(attachmentId);
    expect(await reading).toBe(0);
    await expectNothingLeft();
  });

  it('H15: an import whose process was killed is made again at the same path', async () => {
    await using server = await NbdServer.start(directory, SIZE);
    const first = await importer.import(request(server.access));
    const [daemon] = await daemons();
    process.kill(daemon?.pid ?? 0, 'SIGKILL');
    while ((await daemons()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await importer.import(request(server.access))).toEqual(first);
    expect((await readFile(first.path)).length).toBe(SIZE);
  });

  it('refuses an imports directory on a private mount, unless told otherwise, and says why', async (context) => {
    const mount = (await readMounts()).find(({ mountPoint }) => mountPoint === '/');
    context.skip(mount?.shared === true, 'the root file system is a shared mount here');
    expect(await make({ allowPrivateMount: false }).probe()).toMatchObject({
      possible: false,
      why: expect.stringContaining('disk without sectors'),
    });
  });

  it('an id that is no uuid never becomes part of a path', async () => {
    await expect(importer.unimport('../../etc')).rejects.toMatchObject({ code: 'import_failed' });
  });
});
