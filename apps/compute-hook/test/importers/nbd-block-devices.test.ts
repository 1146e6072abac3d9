import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { findProcesses } from '@iorcl/iohyp-driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImportedDisk } from '../../src/importers/contract.ts';
import { NbdSession } from '../../src/importers/nbd/nbd-session.ts';
import { markOf } from '../../src/importers/nbd-block/mark.ts';
import { NbdBlockImporter } from '../../src/importers/nbd-block/nbd-block-importer.ts';
import { deviceMarked, type NbdDevice, nbdDevices } from '../../src/importers/nbd-block/nbd-devices.ts';
import { NbdFamily } from '../../src/importers/nbd-block/nbd-family.ts';
import { whyNoKernelNbd } from '../../src/importers/nbd-block/why-no-kernel-nbd.ts';
import { NbdServer, whyNoNbdServer } from '../nbd-server.ts';
import { GuestDisk } from './guest-disk.ts';

const MIB = 1024 * 1024;
const SIZE = 4 * MIB;
const impossible = whyNoNbdServer() ?? (await whyNoKernelNbd());
const title = `devices of importer nbd-block${impossible === undefined ? '' : ` (skipped: ${impossible})`}`;

describe.skipIf(impossible !== undefined)(title, { timeout: 180_000 }, () => {
  let directory: string;
  let server: NbdServer;
  let family: NbdFamily;
  let importer: NbdBlockImporter;
  const imported = new Set<string>();
  const foreign = new Set<number>();
  const guests: GuestDisk[] = [];

  const make = (deadConnectionTimeoutSeconds: number) =>
    new NbdBlockImporter({
      importsDirectory: join(directory, 'imports'),
      runtimeDirectory: join(directory, 'run'),
      deviceDirectory: join(directory, 'dev'),
      reconnectDelaySeconds: 120,
      deadConnectionTimeoutSeconds,
      stopTimeoutMs: 2_000,
    });
  const imports = async (attachmentId: string, by = importer, readOnly = false): Promise<ImportedDisk> => {
    imported.add(attachmentId);
    const access = { ...server.access, readOnly };
    return await by.import({
      attachmentId,
      access,
      interfaceName: 'lo',
      linkLocal: 'fe80::1',
      runInside: (action) => action(),
    });
  };
  const guest = async (disk: ImportedDisk): Promise<GuestDisk> => {
    const opened = await GuestDisk.open(disk);
    guests.push(opened);
    return opened;
  };
  const deviceOf = async (attachmentId: string): Promise<NbdDevice> => {
    const device = await deviceMarked(markOf(attachmentId));
    if (device === undefined) throw new Error('no device');
    return device;
  };
  const queue = (index: number, name: string): string =>
    readFileSync(`/sys/block/nbd${index}/queue/${name}`, 'utf8').trim();
  /** A device that somebody else on this host has. */
  const connectForeign = async (daemon: string): Promise<number> => {
    using session = await NbdSession.open(join(directory, 'run', daemon, 'nbd.sock'), 'disk', { timeoutMs: 10_000 });
    const index = await family.connect({
      sizeBytes: SIZE,
      blockBytes: 512,
      transmissionFlags: session.export.transmissionFlags,
      deadConnectionTimeoutSeconds: 1,
      backend: 'somebody else',
      fd: session.fd,
    });
    foreign.add(index);
    return index;
  };
  const killDaemonOf = async (attachmentId: string): Promise<void> => {
    const find = () => findProcesses((args) => args[2]?.includes(join(directory, 'run', attachmentId)) === true);
    for (const { pid } of await find()) process.kill(pid, 'SIGKILL');
    while ((await find()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  beforeEach(async () => {
    directory = mkdtempSync('/dev/shm/iorcl-');
    mkdirSync(join(directory, 'io-host'));
    server = await NbdServer.start(join(directory, 'io-host'), SIZE);
    const opened = await NbdFamily.open();
    if (opened === undefined) throw new Error('no nbd');
    family = opened;
    importer = make(60);
    await importer.prepare();
  });
  afterEach(async () => {
    for (const each of guests.splice(0)) await each.close();
    for (const index of foreign) await family.disconnect(index);
    for (const each of imported) await importer.unimport(each);
    foreign.clear();
    imported.clear();
    family.close();
    await server.kill();
    rmSync(directory, { recursive: true });
  });

  it('honour flush, forced unit access, discard and blocks of the export, and look at nothing that is on it', async () => {
    // A partition table (MBR) with one partition, as a tenant may have written it.
    const table = Buffer.alloc(512);
    table.set([0x80, 0, 1, 0, 0x83, 0, 1, 0, 8, 0, 0, 0, 0, 8, 0, 0], 446);
    table.set([0x55, 0xaa], 510);
    writeFileSync(server.file, Buffer.concat([table, Buffer.alloc(SIZE - table.length)]));
    const disk = await imports(randomUUID());
    const opened = await guest(disk);
    await opened.read(0, SIZE - 4096, 4096);
    const [id] = imported;
    const { index } = await deviceOf(id ?? '');
    expect(queue(index, 'write_cache')).toBe('write back');
    expect(queue(index, 'fua')).toBe('1');
    expect(Number(queue(index, 'discard_max_bytes'))).toBeGreaterThan(0);
    expect(queue(index, 'logical_block_size')).toBe('512');
    expect(readdirSync(`/sys/block/nbd${index}`).filter((name) => name.startsWith('nbd'))).toEqual([]);
  });

  it('several at once: each attachment has its own', async () => {
    const ids = [randomUUID(), randomUUID(), randomUUID()];
    const disks = await Promise.all(ids.map((id) => imports(id)));
    expect(new Set(disks.map(({ path }) => readlinkSync(path))).size).toBe(3);
    expect([...(await importer.list())]).toEqual(ids.toSorted());
  });

  it('of somebody else are never touched: neither listed, nor taken, nor let go', async () => {
    const [mine, other] = [randomUUID(), randomUUID()];
    await imports(mine);
    const index = await connectForeign(mine);
    expect(await importer.list()).toEqual([mine]);
    await importer.unimport(other);
    await importer.unimport(mine);
    const devices = await nbdDevices();
    expect(devices.find((each) => each.index === index)).toMatchObject({ backend: 'somebody else', sizeBytes: SIZE });
    await expect(family.reconfigure(index, { backend: markOf(mine), sizeBytes: 0 })).rejects.toThrow('EINVAL');
  });

  it('H14: a link never leads to a device of somebody else: it is removed before anything is connected', async () => {
    const [mine, lost, other] = [randomUUID(), randomUUID(), randomUUID()];
    await imports(mine);
    const index = await connectForeign(mine);
    const stale = join(directory, 'dev', lost);
    symlinkSync(`/dev/nbd${index}`, stale);
    await make(60).prepare();
    expect(lstatSync(stale, { throwIfNoEntry: false })).toBeUndefined();
    symlinkSync(`/dev/nbd${index}`, stale);
    await imports(other);
    expect(lstatSync(stale, { throwIfNoEntry: false })).toBeUndefined();
    // One that is there already is set right.
    const link = join(directory, 'dev', mine);
    rmSync(link);
    symlinkSync(`/dev/nbd${index}`, link);
    await imports(mine);
    expect(readlinkSync(link)).toBe(`/dev/nbd${(await deviceOf(mine)).index}`);
  });

  it('H15: a hook that was killed before it made the link finds the device and makes it', async () => {
    const id = randomUUID();
    const disk = await imports(id);
    rmSync(disk.path);
    expect(await imports(id, make(60))).toEqual(disk);
    expect((await nbdDevices()).filter(({ backend }) => backend === markOf(id))).toHaveLength(1);
  });

  it('H8: one that is still open is not let go as if it were free: nothing passes through it, and nobody else gets it', async () => {
    const [id, other] = [randomUUID(), randomUUID()];
    const opened = await guest(await imports(id));
    const { index } = await deviceOf(id);
    await expect(importer.unimport(id)).rejects.toMatchObject({
      code: 'still_there',
      message: expect.stringContaining(`fuser /dev/nbd${index}`),
    });
    await expect(opened.write(0x11, 0, 4096)).rejects.toThrow();
    expect(readlinkSync((await imports(other)).path)).not.toBe(`/dev/nbd${index}`);
    await opened.close();
    await importer.unimport(id);
    expect(existsSync(join(directory, 'run', id))).toBe(false);
    expect((await nbdDevices()).find((each) => each.index === index)).toMatchObject({
      backend: undefined,
      sizeBytes: 0,
    });
  });

  it('wait 40 s for an I/O host that is away: a pause, not an error', async () => {
    const opened = await guest(await imports(randomUUID()));
    await server.kill();
    const writing = opened.write(0x33, 0, MIB);
    await new Promise((resolve) => setTimeout(resolve, 40_000));
    await server.run();
    await writing;
    expect(
      readFileSync(server.file)
        .subarray(0, MIB)
        .every((byte) => byte === 0x33),
    ).toBe(true);
  });

  it('whose storage daemon was away for longer than requests wait work again when it is back', async () => {
    const id = randomUUID();
    const impatient = make(1);
    const opened = await guest(await imports(id, impatient));
    await killDaemonOf(id);
    await expect(opened.write(0x11, 0, 4096)).rejects.toThrow();
    await imports(id, impatient);
    await opened.write(0x12, 0, 4096);
    await opened.read(0x12, 0, 4096);
  });

  it('are read by blockdev and dd past the page cache as any other', async () => {
    const { path } = await imports(randomUUID());
    const device = spawnSync('blockdev', ['--getsize64', path], { encoding: 'utf8' });
    expect(device.stdout.trim()).toBe(`${SIZE}`);
    const copied = spawnSync('dd', [`if=${path}`, 'of=/dev/null', 'bs=65536', 'iflag=direct', 'status=none']);
    expect(copied.status).toBe(0);
  });

  it('H17: a read-only one is so in the kernel', async () => {
    const id = randomUUID();
    await imports(id, importer, true);
    expect((await deviceOf(id)).readOnly).toBe(true);
  });
});
