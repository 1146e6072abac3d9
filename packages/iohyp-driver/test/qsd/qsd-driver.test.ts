import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DriverError, LocalCommandRunner, QsdDriver, readProcess, signalProcess } from '../../src/index.ts';
import { missing } from './installed.ts';
import { QsdSite } from './qsd-site.ts';

const reason = missing('qemu-storage-daemon', 'qemu-io', 'qemu-img');
const runner = new LocalCommandRunner();
const MIB = 1024 * 1024;

async function scene(site: QsdSite) {
  const volume = await site.newVolume(MIB);
  const listener = await site.newListener();
  const key = { instanceId: randomUUID(), attachmentId: randomUUID() };
  const request = { key, connectionInfo: volume.connectionInfo, readOnly: false, listener };
  const credentials = { identity: 'compute-1', secretHex: 'a5'.repeat(32) };
  return { volume, listener, key, request, credentials, directory: join(site.runtimeDirectory, key.instanceId) };
}

describe.skipIf(reason)('qsd driver', () => {
  it('keeps secrets where only root reads them, and off the command line and out of the log', async () => {
    await using site = await QsdSite.create();
    const { request, key, credentials, directory } = await scene(site);
    await site.driver.open(request);
    await site.driver.grant({ key, ...credentials });
    const mode = async (path: string): Promise<string> =>
      ((await stat(join(directory, path))).mode & 0o777).toString(8);
    expect(await Promise.all(['.', 'keys', 'keys/keys.psk', 'daemon.log'].map(mode))).toEqual([
      '700',
      '700',
      '600',
      '600',
    ]);
    const [daemon] = await site.daemons();
    expect(daemon?.args.join(' ')).not.toContain(credentials.secretHex);
    expect(await readFile(join(directory, 'daemon.log'), 'utf8')).not.toContain(credentials.secretHex);
    await site.driver.revoke(key, credentials.identity);
    expect(await readFile(join(directory, 'keys/keys.psk'), 'utf8')).toBe('');
  });

  it('starts one daemon per instance, in a session of its own, with a mark on its command line', async () => {
    await using site = await QsdSite.create();
    const first = await scene(site);
    const second = await scene(site);
    await Promise.all([site.driver.open(first.request), site.driver.open(second.request)]);
    const daemons = await site.daemons();
    expect(daemons.length).toBe(2);
    expect(await site.driver.list()).toEqual([first.key.instanceId, second.key.instanceId].toSorted());
    for (const { pid, args } of daemons) {
      const session = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[3];
      expect(session).toBe(`${pid}`);
      expect(args.some((arg) => arg.startsWith(site.runtimeDirectory))).toBe(true);
    }
  });

  it('a qcow2 header with a backing file, written into a raw volume, shows as raw bytes and leads nowhere', async () => {
    await using site = await QsdSite.create();
    const { volume, request, key, listener, credentials } = await scene(site);
    const secret = join(site.directory, 'secret');
    await writeFile(secret, 'x'.repeat(MIB));
    await rm(volume.path);
    const args = ['create', '-q', '-f', 'qcow2', '-b', secret, '-F', 'raw', volume.path];
    await runner.run({ program: 'qemu-img', args });
    await truncate(volume.path, MIB);
    const state = await site.driver.open(request);
    expect(state.sizeBytes).toBe(MIB);
    await site.driver.export({ key, exportName: 'disk', readOnly: false });
    await site.driver.grant({ key, ...credentials });
    const client = site.client({ listener, exportName: 'disk', credentials });
    expect(await client.holds(0, 1, 'Q'.charCodeAt(0))).toBe(true);
    expect(await client.holds(1, 1, 'F'.charCodeAt(0))).toBe(true);
    const [daemon] = await site.daemons();
    const descriptors = await readdir(`/proc/${daemon?.pid}/fd`);
    const opened = await Promise.all(descriptors.map((fd) => stat(`/proc/${daemon?.pid}/fd/${fd}`)));
    expect(opened.map(({ ino }) => ino)).not.toContain((await stat(secret)).ino);
  });

  it('refuses a path through a symbolic link, outside of the allowed directories, or with "..", and leaves nothing', async () => {
    await using site = await QsdSite.create();
    const { volume, request } = await scene(site);
    await symlink(volume.path, join(site.directory, 'link'));
    for (const path of [join(site.directory, 'link'), '/etc/passwd', `${site.directory}/../../etc/passwd`, 'volume']) {
      const connectionInfo = { driver_volume_type: 'gpfs', device_path: path };
      const refusal = {
        code: 'unsafe_path',
        message: expect.stringContaining(path),
        attachmentId: request.key.attachmentId,
      };
      await expect(site.driver.open({ ...request, connectionInfo })).rejects.toMatchObject(refusal);
    }
    expect(await site.leftovers()).toEqual([]);
  });

  it('knows a file by what it is: a hard link to an open one is refused, and so is another file under its name', async () => {
    await using site = await QsdSite.create();
    const { volume, request } = await scene(site);
    await site.driver.open(request);
    await rename(volume.path, `${volume.path}-moved`);
    await writeFile(volume.path, Buffer.alloc(MIB));
    await expect(site.driver.open(request)).rejects.toMatchObject({ code: 'conflict' });
    const connectionInfo = { driver_volume_type: 'gpfs', device_path: `${volume.path}-moved` };
    const key = { instanceId: 'other', attachmentId: 'other' };
    const listener = await site.newListener();
    await expect(site.driver.open({ ...request, key, connectionInfo, listener })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('says why a daemon did not start, and leaves nothing', async () => {
    await using site = await QsdSite.create({ program: 'no-such-daemon' });
    const { request } = await scene(site);
    await expect(site.driver.open(request)).rejects.toMatchObject({
      code: 'data_plane_failed',
      message: expect.stringMatching(/no-such-daemon.*not started.*qemu-system-common/),
    });
    expect(await site.leftovers()).toEqual([]);
  });

  it('passes on what a daemon said that ended while starting, and leaves nothing', async () => {
    await using site = await QsdSite.create();
    const program = join(site.directory, 'broken-daemon');
    await writeFile(program, '#!/bin/sh\necho "cannot serve today" >&2\nexit 1\n');
    await chmod(program, 0o755);
    await using broken = await QsdSite.create({
      program,
      backends: { file: { allowedDirectories: [site.directory] } },
    });
    const { request } = await scene(site);
    await expect(broken.driver.open(request)).rejects.toThrow('cannot serve today');
    expect(await broken.leftovers()).toEqual([]);
  });

  it('kills a daemon that neither answers nor ends, and leaves nothing', async () => {
    await using site = await QsdSite.create();
    const program = join(site.directory, 'deaf-daemon');
    await writeFile(program, '#!/bin/sh\ntrap "" TERM\nmkfifo "$0.fifo"\nread never <"$0.fifo"\n');
    await chmod(program, 0o755);
    await using deaf = await QsdSite.create({
      program,
      backends: { file: { allowedDirectories: [site.directory] } },
      verbTimeoutMs: 500,
      stopTimeoutMs: 200,
    });
    const { request } = await scene(site);
    await expect(deaf.driver.open(request)).rejects.toMatchObject({ code: 'timeout', retryable: true });
    expect(await deaf.leftovers()).toEqual([]);
  });

  it('a listener that can not be opened is a clear error, and nothing is left', async () => {
    await using site = await QsdSite.create();
    const { request, listener } = await scene(site);
    const openSocket = (): number => {
      throw new Error('no such namespace');
    };
    await expect(site.driver.open({ ...request, listener: { ...listener, openSocket } })).rejects.toMatchObject({
      code: 'data_plane_failed',
      message: expect.stringContaining('no such namespace'),
    });
    expect(await site.leftovers()).toEqual([]);
  });

  it('does not leak the listening socket: the port is free when the instance has ended', async () => {
    await using site = await QsdSite.create();
    const { request, key, listener } = await scene(site);
    const before = (await readdir('/proc/self/fd')).length;
    for (let round = 0; round < 3; round += 1) {
      await site.driver.open(request);
      await site.driver.close(key);
    }
    expect((await readdir('/proc/self/fd')).length).toBeLessThanOrEqual(before);
    const fd = listener.openSocket();
    expect(fd).toBeGreaterThan(2);
  });

  it('bounds each verb in time when the daemon hangs, and carries on when it no longer does', async () => {
    await using site = await QsdSite.create({ verbTimeoutMs: 400, stopTimeoutMs: 300 });
    const { request, key } = await scene(site);
    await new QsdDriver({
      runtimeDirectory: site.runtimeDirectory,
      backends: { file: { allowedDirectories: [site.directory] } },
    }).open(request);
    const [daemon] = await site.daemons();
    if (daemon === undefined) {
      throw new Error('no daemon');
    }
    await signalProcess(daemon, 'SIGSTOP');
    const began = performance.now();
    await expect(site.driver.inspect(key.instanceId)).rejects.toMatchObject({ code: 'timeout', retryable: true });
    await expect(site.driver.close(key)).rejects.toMatchObject({ code: 'timeout', instanceId: key.instanceId });
    expect(performance.now() - began).toBeLessThan(3_000);
    await signalProcess(daemon, 'SIGCONT');
    await expect.poll(() => site.driver.close(key).then(() => 'closed', String), { timeout: 5_000 }).toBe('closed');
    expect(await readProcess(daemon.pid)).toBeUndefined();
    expect(await site.leftovers()).toEqual([]);
  });

  it('H25: a file is counted by nobody, and says so; of the daemon the kernel tells what it moved from and to disks', async () => {
    await using site = await QsdSite.create();
    const { volume, request, key, listener, credentials } = await scene(site);
    await site.driver.open(request);
    await site.driver.export({ key, exportName: 'disk', readOnly: false });
    await site.driver.grant({ key, ...credentials });
    await site.client({ listener, exportName: 'disk', credentials }).write(0, MIB, 0x68);
    expect(await volume.read(0, 16)).toEqual(Buffer.alloc(16, 0x68));
    const stats = await site.driver.stats(key.instanceId);
    expect(stats?.volumes).toEqual([{ attachmentId: key.attachmentId, io: undefined }]);
    const [daemon] = await site.daemons();
    const kernel = await readFile(`/proc/${daemon?.pid}/io`, 'utf8');
    expect(kernel).toContain(`\nread_bytes: ${stats?.diskReadBytes}\nwrite_bytes: ${stats?.diskWrittenBytes}\n`);
  });

  it('a verb that fails before it begins lets go of the monitor, which serves one client at a time', async () => {
    await using site = await QsdSite.create({ verbTimeoutMs: 5_000 });
    const { request, key, directory } = await scene(site);
    await site.driver.open(request);
    const file = join(directory, 'listener.json');
    const listener = await readFile(file, 'utf8');
    await writeFile(file, 'not ours');
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(site.driver.open(request)).rejects.toMatchObject({ code: 'data_plane_failed' });
      await expect(site.driver.inspect(key.instanceId)).rejects.toMatchObject({ code: 'data_plane_failed' });
    }
    await writeFile(file, listener);
    expect((await site.driver.inspect(key.instanceId))?.volumes.length).toBe(1);
  });

  it('never signals a process that merely got the pid of a dead daemon', async () => {
    await using site = await QsdSite.create();
    const { request, key, directory } = await scene(site);
    await site.driver.open(request);
    await site.killDataPlane(key.instanceId);
    // This very test process: it would not survive a mistake.
    await writeFile(join(directory, 'daemon.pid'), `${process.pid}\n`);
    expect(await site.driver.inspect(key.instanceId)).toBeUndefined();
    await site.driver.close(key);
    expect(await site.leftovers()).toEqual([]);
  });

  it('finds a daemon by its mark when the pid file is gone', async () => {
    await using site = await QsdSite.create();
    const { request, key, directory } = await scene(site);
    await site.driver.open(request);
    await rm(join(directory, 'daemon.pid'));
    expect((await site.driver.inspect(key.instanceId))?.volumes.length).toBe(1);
    await site.driver.close(key);
    expect(await site.leftovers()).toEqual([]);
  });

  it('an open that is aborted at any moment either is done or leaves nothing', async () => {
    await using site = await QsdSite.create();
    const { request, key } = await scene(site);
    for (const afterMs of [0, 2, 5, 10, 15, 20, 30, 40, 60]) {
      const outcome = await site.driver.open(request, { signal: AbortSignal.timeout(afterMs) }).then(
        () => 'open',
        (error: DriverError) => error.code,
      );
      if (outcome === 'open') {
        expect((await site.driver.inspect(key.instanceId))?.volumes.length).toBe(1);
        await site.driver.close(key);
      }
      expect(['open', 'aborted']).toContain(outcome);
      expect(await site.leftovers()).toEqual([]);
    }
  });

  it('reports a daemon whose directory was removed under it, and lists its instance', async () => {
    await using site = await QsdSite.create();
    const { request, key, directory } = await scene(site);
    await site.driver.open(request);
    await rm(directory, { recursive: true });
    expect(await site.driver.list()).toEqual([key.instanceId]);
    await expect(site.driver.inspect(key.instanceId)).rejects.toMatchObject({ code: 'data_plane_failed' });
  });

  it('a directory without a daemon, as a crash just before the start leaves it, is listed and used again', async () => {
    await using site = await QsdSite.create();
    const { request, key, directory } = await scene(site);
    await mkdir(join(directory, 'keys'), { recursive: true });
    await writeFile(join(directory, 'keys/keys.psk'), `intruder:${'00'.repeat(32)}\n`);
    expect(await site.driver.list()).toEqual([key.instanceId]);
    expect((await site.driver.open(request)).grants).toEqual([]);
    expect(await readFile(join(directory, 'keys/keys.psk'), 'utf8')).toBe('');
  });

  it('H17: a file that a virtual machine has open for itself is refused at export', async (context) => {
    const absent = missing('qemu-system-x86_64');
    context.skip(absent !== undefined, absent);
    await using site = await QsdSite.create();
    const { volume, request, key } = await scene(site);
    const args = [
      ...['-M', 'q35', '-accel', 'tcg', '-m', '32', '-nodefaults', '-display', 'none', '-S', '-daemonize'],
      ...['-pidfile', join(site.directory, 'vm.pid'), '-device', 'virtio-blk-pci,drive=disk'],
      ...['-blockdev', `file,node-name=disk,filename=${volume.path}`],
    ];
    await runner.run({ program: 'qemu-system-x86_64', args });
    const pid = Number(await readFile(join(site.directory, 'vm.pid'), 'utf8'));
    try {
      await site.driver.open(request);
      const exported = site.driver.export({ key, exportName: 'disk', readOnly: false });
      await expect(exported).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('in use elsewhere'),
      });
      expect((await site.driver.inspect(key.instanceId))?.volumes[0]?.exportName).toBeUndefined();
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  });
});
