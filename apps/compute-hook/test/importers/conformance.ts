import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ExportAccess } from '@iorcl/api';
import { findProcesses } from '@iorcl/iohyp-driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiskPlace, ImportedDisk, Importer, ImportRequest } from '../../src/importers/contract.ts';
import { readMounts } from '../../src/importers/mount-table.ts';
import { NbdServer } from '../nbd-server.ts';
import { GuestDisk } from './guest-disk.ts';

const MIB = 1024 * 1024;
const SIZE = 8 * MIB;

export interface Directories {
  readonly importsDirectory: string;
  readonly runtimeDirectory: string;
}

/** An importer that is to keep the contract. */
export interface ImporterUnderTest {
  readonly name: string;
  /** Why it can't be tried here. */
  readonly impossible: string | undefined;
  readonly kind: DiskPlace['kind'];
  make(directories: Directories, options?: { readonly reconnectDelaySeconds?: number }): Importer;
  /** Whether a guest that has the disk open sees a pause, and no error, when the import's process is killed. */
  readonly outlivesItsProcess: boolean;
  /**
   * How a disk grows while a guest has it open: for all who have it open, or `beside` what they have, so that they have to open it
   * once more.
   */
  readonly grows: 'in place' | 'beside';
  /** What is left of an import elsewhere than in the directories, in words. */
  leftovers(attachmentId: string): Promise<readonly string[]>;
  /** Takes away what a reboot does, besides processes and the runtime directory. */
  reboot(attachmentId: string): Promise<void>;
}

/** What holds for all importers that bring NBD exports to this host by a storage daemon of its own. */
export function describeImporterConformance(under: ImporterUnderTest): void {
  const { impossible } = under;
  const title = `importer ${under.name} keeps the contract${impossible === undefined ? '' : ` (skipped: ${impossible})`}`;
  // Real processes: what takes seconds alone takes longer beside other tests.
  describe.skipIf(impossible !== undefined)(title, { timeout: 180_000 }, () => {
    let directory: string;
    let attachmentId: string;
    let importer: Importer;
    let server: NbdServer;
    const guests: GuestDisk[] = [];

    const make = (options: { readonly reconnectDelaySeconds?: number } = {}): Importer =>
      under.make({ importsDirectory: join(directory, 'imports'), runtimeDirectory: join(directory, 'run') }, options);
    const request = (access: ExportAccess = server.access): ImportRequest => ({
      attachmentId,
      access,
      interfaceName: 'lo',
      linkLocal: 'fe80::1',
      runInside: <T>(action: () => T): T => action(),
    });
    const guest = async (disk: ImportedDisk, readOnly = false): Promise<GuestDisk> => {
      const opened = await GuestDisk.open(disk, readOnly);
      guests.push(opened);
      return opened;
    };
    /** The disk as a guest opens it that Nova's driver tells to. */
    const newest = (disk: ImportedDisk): ImportedDisk => {
      if (disk.kind !== 'nbd-socket') return disk;
      const file = `${disk.path}.export`;
      return existsSync(file) ? { ...disk, exportName: readFileSync(file, 'utf8') } : disk;
    };
    const closeGuests = async (): Promise<void> => {
      for (const each of guests.splice(0)) await each.close();
    };
    const daemons = () => findProcesses((args) => args.some((argument) => argument.includes(join(directory, 'run'))));
    const killDaemon = async (): Promise<void> => {
      for (const { pid } of await daemons()) process.kill(pid, 'SIGKILL');
      while ((await daemons()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    /** Opened to be written, or written: one of the two fails. Root may open any file. */
    const expectNoWrites = async (disk: ImportedDisk): Promise<void> => {
      const writing = guest(disk).then((opened) => opened.write(0x77, 0, 4096));
      await expect(writing).rejects.toThrow();
      expect(volume(0, 4096).every((byte) => byte === 0)).toBe(true);
    };
    const volume = (offset: number, length: number): Buffer =>
      readFileSync(server.file).subarray(offset, offset + length);
    const expectNothingLeft = async (): Promise<void> => {
      expect(await daemons()).toEqual([]);
      expect((await readMounts()).filter(({ mountPoint }) => mountPoint.startsWith(directory))).toEqual([]);
      for (const name of ['imports', 'run']) expect(readdirSync(join(directory, name)), name).toEqual([]);
      expect(await under.leftovers(attachmentId)).toEqual([]);
      expect(await importer.list()).toEqual([]);
    };

    beforeEach(async () => {
      // In memory: a file system that gives discarded blocks back.
      directory = mkdtempSync('/dev/shm/iorcl-');
      attachmentId = randomUUID();
      mkdirSync(join(directory, 'io-host'));
      server = await NbdServer.start(join(directory, 'io-host'), SIZE);
      importer = make();
      expect(await importer.probe()).toEqual({ possible: true });
      await importer.prepare();
    });
    afterEach(async () => {
      await closeGuests();
      await importer.unimport(attachmentId);
      await server.kill();
      rmSync(directory, { recursive: true });
    });

    it('makes an export a disk of its size; what is written there is on the volume; unimport leaves nothing', async () => {
      const disk = await importer.import(request());
      expect(disk).toEqual({ ...importer.place(attachmentId, server.access, request()), sizeBytes: SIZE });
      expect(disk.kind).toBe(under.kind);
      const opened = await guest(disk);
      await opened.write(0x5a, MIB, 64 * 1024);
      await opened.read(0x5a, MIB, 64 * 1024);
      expect(volume(MIB, 64 * 1024).every((byte) => byte === 0x5a)).toBe(true);
      expect(await importer.list()).toEqual([attachmentId]);
      await closeGuests();
      await importer.unimport(attachmentId);
      await expectNothingLeft();
      await importer.unimport(attachmentId);
    });

    it('what is discarded takes no place on the volume any more', async () => {
      const opened = await guest(await importer.import(request()));
      await opened.write(0x5a, 0, 4 * MIB);
      const before = statSync(server.file).blocks;
      await opened.discard(0, 4 * MIB);
      expect(statSync(server.file).blocks).toBeLessThan(before);
    });

    it('keeps the key out of every command line, in a file that only its owner reads', async () => {
      await importer.import(request());
      const secret = server.access.tls.secretHex;
      expect(await findProcesses((args) => args.some((argument) => argument.includes(secret)))).toEqual([]);
      const keys = join(directory, 'run', attachmentId, 'psk', 'keys.psk');
      expect(statSync(keys).mode & 0o777).toBe(0o600);
      expect(statSync(join(directory, 'run', attachmentId)).mode & 0o777).toBe(0o700);
    });

    it('H22: importing again answers the same disk, served by the same process, also after the hook was restarted', async () => {
      const first = await importer.import(request());
      const before = await daemons();
      const opened = await guest(first);
      for (const restarted of [importer, make()]) {
        await restarted.prepare();
        expect(await restarted.import(request())).toEqual(first);
      }
      await opened.write(0x11, 0, 4096);
      expect(await daemons()).toEqual(before);
    });

    it('is left as it is when options change: an upgrade never touches running I/O', async () => {
      const first = await importer.import(request());
      const before = await daemons();
      expect(await make({ reconnectDelaySeconds: 7 }).import(request())).toEqual(first);
      expect(await daemons()).toEqual(before);
    });

    it('one that does not answer is reported and left alone: a guest may be using it', async () => {
      const first = await importer.import(request());
      const before = await daemons();
      process.kill(before[0]?.pid ?? 0, 'SIGSTOP');
      await expect(importer.import(request())).rejects.toMatchObject({ code: 'not_answering' });
      process.kill(before[0]?.pid ?? 0, 'SIGCONT');
      expect(await importer.import(request())).toEqual(first);
      expect(await daemons()).toEqual(before);
    });

    it('one of another export of the same attachment is replaced', async () => {
      await importer.import(request());
      const before = await daemons();
      const disk = await importer.import(request({ ...server.access, readOnly: true }));
      expect(await daemons()).toHaveLength(1);
      expect(await daemons()).not.toEqual(before);
      await expectNoWrites(disk);
    });

    it('H17: a read-only export becomes a disk that can be read and refuses to be written', async () => {
      const disk = await importer.import(request({ ...server.access, readOnly: true }));
      const opened = await guest(disk, true);
      await opened.read(0, 0, 4096);
      await expectNoWrites(disk);
    });

    it('H10: a wrong key is refused, and nothing is left', async () => {
      const tls = { ...server.access.tls, secretHex: '00'.repeat(32) };
      await expect(importer.import(request({ ...server.access, tls }))).rejects.toMatchObject({
        code: 'import_failed',
      });
      await expectNothingLeft();
    });

    it('H10: an export of another size than announced is refused, and nothing is left', async () => {
      const access = { ...server.access, sizeBytes: SIZE * 2 };
      await expect(importer.import(request(access))).rejects.toMatchObject({
        code: 'size_differs',
        message: expect.stringContaining(`${SIZE * 2}`),
      });
      await expectNothingLeft();
    });

    it('H10: an export that nobody serves is an error that says so, and nothing is left', async () => {
      await server.kill();
      await expect(importer.import(request())).rejects.toMatchObject({
        code: 'import_failed',
        message: expect.stringContaining('Connection refused'),
      });
      await expectNothingLeft();
    });

    it('an I/O host that is away for a while is a pause, not an error', async () => {
      const opened = await guest(await importer.import(request()));
      await opened.write(0x5a, 0, 4096);
      await server.kill();
      const writing = opened.write(0x33, 4096, 64 * 1024);
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      await server.run();
      await writing;
      await opened.read(0x5a, 0, 4096);
      expect(volume(4096, 64 * 1024).every((byte) => byte === 0x33)).toBe(true);
    });

    it('H6: unimport ends within bounds when the I/O host is away, even with a request waiting', async () => {
      const opened = await guest(await importer.import(request()));
      await server.kill();
      const writing = opened.write(0x33, 0, MIB).catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, 500));
      // Whoever has the disk open may keep a rest of it there: that is said, and nothing passes through any more.
      const failed = await importer.unimport(attachmentId).catch((error: unknown) => error);
      if (failed !== undefined) expect(failed).toMatchObject({ code: 'still_there' });
      expect(await writing).toBeInstanceOf(Error);
      await closeGuests();
      await importer.unimport(attachmentId);
      await expectNothingLeft();
    });

    it('H15: one whose process was killed is made again at the same place', async () => {
      const first = await importer.import(request());
      await killDaemon();
      expect(await importer.import(request())).toEqual(first);
      const opened = await guest(first);
      await opened.write(0x44, 0, 4096);
      expect(volume(0, 4096).every((byte) => byte === 0x44)).toBe(true);
    });

    it('H22: after a reboot it is made again at the same place', async () => {
      const first = await importer.import(request());
      await killDaemon();
      rmSync(join(directory, 'run'), { recursive: true });
      await under.reboot(attachmentId);
      const booted = make();
      await booted.prepare();
      expect(await booted.import(request())).toEqual(first);
      const opened = await guest(first);
      await opened.write(0x44, 0, 4096);
      expect(volume(0, 4096).every((byte) => byte === 0x44)).toBe(true);
    });

    it.skipIf(!under.outlivesItsProcess)(
      `killed under I/O, its process is a pause, not an error${under.outlivesItsProcess ? '' : ' (skipped: the guest has to open it again)'}`,
      async () => {
        const opened = await guest(await importer.import(request()));
        for (const byte of [0x51, 0x52]) {
          const writing = opened.write(byte, 0, 4 * MIB);
          await killDaemon();
          const more = writing.then(() => opened.write(byte, 4 * MIB, MIB));
          await importer.import(request());
          await more;
          await opened.read(byte, 0, 5 * MIB);
          expect(volume(0, 5 * MIB).every((each) => each === byte)).toBe(true);
        }
      },
    );

    it('H19: an export that has grown makes the disk grow, under I/O; again: fine', async () => {
      const disk = await importer.import(request());
      const opened = await guest(disk);
      const announced = { ...server.access, sizeBytes: SIZE * 2 };
      await expect(importer.resize(attachmentId, announced)).rejects.toMatchObject({ code: 'cannot_resize' });
      await opened.write(0x21, 0, MIB);
      const grown = await server.grow(SIZE * 2);
      const writing = opened.write(0x22, MIB, 4 * MIB);
      const unsettled = under.grows === 'beside' ? { unsettled: expect.stringContaining('QEMU') } : {};
      for (const _time of ['once', 'again']) {
        expect(await importer.resize(attachmentId, grown)).toEqual({ ...disk, sizeBytes: SIZE * 2, ...unsettled });
      }
      await writing;
      await opened.read(0x21, 0, MIB);
      await opened.read(0x22, MIB, 4 * MIB);
      const larger = await guest(newest({ ...disk, sizeBytes: SIZE * 2 }));
      await larger.write(0x23, SIZE + MIB, MIB);
      expect(volume(SIZE + MIB, MIB).every((byte) => byte === 0x23)).toBe(true);
      await expect(importer.resize(attachmentId, server.access)).rejects.toMatchObject({ code: 'cannot_resize' });
    });

    it('H19: an import of an export that has grown meanwhile is made to grow, by the same process', async () => {
      const disk = await importer.import(request());
      const before = await daemons();
      const announced = { ...server.access, sizeBytes: SIZE * 2 };
      expect(await importer.import(request(announced))).toEqual(disk);
      await server.grow(SIZE * 2);
      expect(await importer.import(request(announced))).toEqual({ ...disk, sizeBytes: SIZE * 2 });
      expect(await daemons()).toEqual(before);
    });

    it('a disk that is not imported does not grow, and says when it will', async () => {
      await expect(importer.resize(attachmentId, server.access)).rejects.toMatchObject({
        code: 'cannot_resize',
        message: expect.stringContaining('when it is imported again'),
      });
      await expectNothingLeft();
    });

    it('an id that is no uuid never becomes part of a path', async () => {
      await expect(importer.unimport('../../etc')).rejects.toMatchObject({ code: 'import_failed' });
      expect(existsSync('/etc')).toBe(true);
    });
  });
}
