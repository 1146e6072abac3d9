import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findProcesses, QmpClient } from '@iorcl/iohyp-driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImportRequest } from '../../src/importers/contract.ts';
import { QemuNbdImporter } from '../../src/importers/qemu-nbd/qemu-nbd-importer.ts';
import { NbdServer, whyNoNbdServer } from '../nbd-server.ts';
import { describeImporterConformance } from './conformance.ts';
import { GuestDisk } from './guest-disk.ts';

const impossible = whyNoNbdServer();
/** Any two will do. */
const [QEMU, STRANGER] = [4711, 4712];

describeImporterConformance({
  name: 'qemu-nbd',
  impossible,
  kind: 'nbd-socket',
  make: (directories, options) =>
    new QemuNbdImporter({
      ...directories,
      qemuUser: `${QEMU}`,
      reconnectDelaySeconds: 60,
      stopTimeoutMs: 2_000,
      ...options,
    }),
  outlivesItsProcess: false,
  grows: 'beside',
  leftovers: async () => [],
  reboot: async () => {},
});

const title = `the socket of importer qemu-nbd${impossible === undefined ? '' : ` (skipped: ${impossible})`}`;
describe.skipIf(impossible !== undefined)(title, { timeout: 120_000 }, () => {
  let directory: string;
  let server: NbdServer;
  let importer: QemuNbdImporter;
  const attachmentId = randomUUID();

  beforeEach(async () => {
    directory = mkdtempSync('/dev/shm/iorcl-');
    chmodSync(directory, 0o755);
    mkdirSync(join(directory, 'io-host'));
    server = await NbdServer.start(join(directory, 'io-host'), 1024 * 1024);
    importer = make(`${QEMU}`);
    await importer.prepare();
  });
  afterEach(async () => {
    await importer.unimport(attachmentId);
    await server.kill();
    rmSync(directory, { recursive: true });
  });
  const make = (qemuUser: string) =>
    new QemuNbdImporter({
      importsDirectory: join(directory, 'imports'),
      runtimeDirectory: join(directory, 'run'),
      qemuUser,
    });
  const request = (): ImportRequest => ({
    attachmentId,
    access: server.access,
    interfaceName: 'lo',
    linkLocal: 'fe80::1',
    runInside: (action) => action(),
  });
  const imported = () => importer.import(request());
  /** Whether QEMU can open the disk as this user. */
  const opensAs = async (user: number, path: string): Promise<boolean> => {
    const options = `driver=nbd,server.type=unix,server.path=${path},export=disk`;
    const args = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', 'qemu-io'];
    const child = spawn('setpriv', [...args, '--image-opts', options, '-c', 'read 0 512'], { stdio: 'ignore' });
    return (await once(child, 'exit'))[0] === 0;
  };

  describe('H19: of an import that has grown while QEMU has it open', () => {
    const GROWN = 2 * 1024 * 1024;
    const marker = (path: string) => `${path}.export`;
    /** Sizes of what the socket offers, as QEMU sees them. */
    const offered = async (path: string, name: string): Promise<number | undefined> => {
      const url = `nbd+unix:///${name}?socket=${path}`;
      const { status, stdout } = spawnSync('qemu-img', ['info', '--output=json', url], { encoding: 'utf8' });
      return status === 0 ? Number(/"virtual-size": (\d+)/.exec(stdout)?.[1]) : undefined;
    };

    /** Ends an export that nobody uses any more. */
    const endExport = async (id: string): Promise<void> => {
      using qmp = await QmpClient.connect(join(directory, 'run', attachmentId, 'qmp.sock'));
      const end = () => qmp.execute('block-export-del', { id, mode: 'safe' }).then(() => 'ended', String);
      await expect.poll(end).toBe('ended');
    };

    it('has the old size by the name that Nova was told, until QEMU has left it; then the new one, and nothing else is left', async () => {
      const disk = await imported();
      const qemu = await GuestDisk.open(disk);
      const grown = await server.grow(GROWN);
      const resized = await importer.resize(attachmentId, grown);
      expect(resized.unsettled).toContain('QEMU still uses');
      const name = readFileSync(marker(disk.path), 'utf8');
      expect(statSync(marker(disk.path)).mode & 0o777).toBe(0o644);
      expect([await offered(disk.path, 'disk'), await offered(disk.path, name)]).toEqual([1024 * 1024, GROWN]);
      const moved = await GuestDisk.open({ ...resized, kind: 'nbd-socket', path: disk.path, exportName: name });
      await qemu.close();
      expect((await importer.resize(attachmentId, grown)).unsettled).toBeUndefined();
      expect(await offered(disk.path, 'disk')).toBe(GROWN);
      expect(existsSync(marker(disk.path))).toBe(false);
      await moved.write(0x31, GROWN - 4096, 4096);
      await moved.close();
      await importer.resize(attachmentId, grown);
      expect(await offered(disk.path, name)).toBeUndefined();
    });

    it('grows as often as it is extended, while QEMU moves after it', async () => {
      const disk = await imported();
      let qemu = await GuestDisk.open(disk);
      for (const sizeBytes of [2, 3, 4].map((mebibytes) => mebibytes * 1024 * 1024)) {
        const grown = await server.grow(sizeBytes);
        const resized = await importer.resize(attachmentId, grown);
        const exportName = existsSync(marker(disk.path)) ? readFileSync(marker(disk.path), 'utf8') : 'disk';
        expect(await offered(disk.path, exportName)).toBe(sizeBytes);
        const next = await GuestDisk.open({ ...resized, kind: 'nbd-socket', path: disk.path, exportName });
        await qemu.write(0x30, 0, 4096);
        await qemu.close();
        qemu = next;
        await qemu.write(0x31, sizeBytes - 4096, 4096);
        await importer.resize(attachmentId, grown);
        expect(await offered(disk.path, 'disk')).toBe(sizeBytes);
      }
      await qemu.close();
    });

    it('goes on where the hook was killed between the end of the old export and the begin of the new one of its name', async () => {
      const disk = await imported();
      const grown = await server.grow(GROWN);
      const qemu = await GuestDisk.open(disk);
      await importer.resize(attachmentId, grown);
      const exportName = readFileSync(marker(disk.path), 'utf8');
      const moved = await GuestDisk.open({ ...disk, kind: 'nbd-socket', exportName });
      await qemu.close();
      await endExport('disk');
      await make(`${QEMU}`).import({ ...request(), access: grown });
      await moved.write(0x32, GROWN - 4096, 4096);
      expect(await offered(disk.path, 'disk')).toBe(GROWN);
      await moved.close();
    });
  });

  it('whose process was killed is an error for the guest, which goes on by itself when it is made again', async () => {
    await using guest = await GuestDisk.open(await imported());
    await guest.write(0x11, 0, 4096);
    const runs = () => findProcesses((args) => args[2]?.includes(join(directory, 'run')) === true);
    for (const { pid } of await runs()) process.kill(pid, 'SIGKILL');
    while ((await runs()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await expect(guest.write(0x22, 0, 4096)).rejects.toThrow('Input/output error');
    await imported();
    const write = () => guest.write(0x33, 0, 4096).then(() => 'written');
    await expect.poll(() => write().catch(() => 'failed'), { timeout: 30_000 }).toBe('written');
  });

  it("lets the user connect as whom guests' QEMU runs, and no other", async () => {
    const { path } = await imported();
    expect(statSync(path)).toMatchObject({ uid: QEMU, gid: 0 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await opensAs(QEMU, path)).toBe(true);
    expect(await opensAs(STRANGER, path)).toBe(false);
  });

  it('is given to that user also when the hook ended just before it did so', async () => {
    const { path } = await imported();
    chmodSync(join(directory, 'imports', attachmentId), 0o700);
    expect(await opensAs(QEMU, path)).toBe(false);
    await imported();
    expect(await opensAs(QEMU, path)).toBe(true);
  });

  it('H23: is given with no capability beyond those that the systemd unit leaves the hook, again and again', async () => {
    const { path } = await imported();
    const unit = readFileSync(new URL('../../systemd/iorcl-compute-hook.service', import.meta.url), 'utf8');
    const names = /^CapabilityBoundingSet=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? [];
    const bounds = names.map((name) => `+${name.replace(/^CAP_/, '').toLowerCase()}`).join(',');
    const module = new URL('../../src/importers/qemu-nbd/socket-owner.ts', import.meta.url).href;
    const script = `const { giveSocketTo } = await import('${module}');
      for (const user of [${QEMU}, ${QEMU}, ${STRANGER}, ${STRANGER}]) await giveSocketTo('${path}', user);`;
    const node = [process.execPath, '--conditions=@iorcl/source', '--input-type=module', '--eval', script];
    const args = ['--no-new-privs', `--bounding-set=-all,${bounds}`, ...node];
    expect(spawnSync('setpriv', args, { encoding: 'utf8' })).toMatchObject({ stderr: '', status: 0 });
    expect(statSync(path).uid).toBe(STRANGER);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is not possible for a user that there is not', async () => {
    expect(await make('no-such-user').probe()).toMatchObject({
      possible: false,
      why: expect.stringContaining('there is no user no-such-user'),
    });
    expect(await make('root').probe()).toEqual({ possible: true });
  });
});
