import { chmod, chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Interposer, LocalCommandRunner, QsdDriver } from '../../src/index.ts';
import type { ConformanceClient } from '../../src/testing/index.ts';
import { missing } from './installed.ts';
import { QsdSite } from './qsd-site.ts';

const runner = new LocalCommandRunner();
const MIB = 1024 * 1024;
const reason = missing('qemu-storage-daemon', 'qemu-io', 'qemu-img', 'fallocate');
const key = { instanceId: 'instance-1', attachmentId: 'attachment-1' };

/** A volume of 4 MiB that a client uses through these stages. */
async function through(site: QsdSite, interposers: readonly Interposer[], path: string) {
  const { driver } = site;
  const listener = await site.newListener();
  const connectionInfo = { driver_volume_type: 'gpfs', device_path: path };
  await driver.open({ key, connectionInfo, readOnly: false, listener });
  await driver.interpose({ key, interposers });
  await driver.export({ key, exportName: 'disk', readOnly: false });
  const credentials = { identity: 'compute-1', secretHex: '5d'.repeat(32) };
  await driver.grant({ key, ...credentials });
  const client: ConformanceClient = site.client({ listener, exportName: 'disk', credentials });
  const end = async (): Promise<void> => {
    await driver.unexport(key);
    await driver.close(key);
    expect(await site.leftovers()).toEqual([]);
  };
  return { client, end, listener };
}

describe.skipIf(reason)(`interposers of qsd${reason === undefined ? '' : ` (${reason})`}`, () => {
  it('copy-on-read: what was read once comes from the cache, not from the storage; what was not comes from there', async () => {
    await using site = await QsdSite.create();
    const { path } = await site.newVolume(4 * MIB);
    await writeFile(path, Buffer.alloc(4 * MIB, 0x11));
    const { client, end } = await through(site, [{ kind: 'copy-on-read' }], path);
    expect(await client.holds(0, MIB, 0x11)).toBe(true);
    // Nobody may do this to a volume in use. It shows where bytes come from.
    await writeFile(path, Buffer.alloc(4 * MIB, 0x22));
    expect(await client.holds(0, MIB, 0x11)).toBe(true);
    expect(await client.holds(2 * MIB, MIB, 0x22)).toBe(true);
    await end();
  });

  it.skipIf(process.getuid?.() !== 0)(
    'copy-on-read: a directory without the space that a cache may need is refused before anything is placed',
    async () => {
      await using site = await QsdSite.create();
      const { path } = await site.newVolume(4 * MIB);
      const cache = join(site.directory, 'cache');
      await mkdir(cache);
      await runner.run({ program: 'mount', args: ['-t', 'tmpfs', '-o', 'size=2m', 'iorcl-test', cache] });
      try {
        await expect(through(site, [{ kind: 'copy-on-read' }], path)).rejects.toMatchObject({
          code: 'backend_failed',
          message: expect.stringMatching(/no cache of 4194304 bytes in .*: fallocate.*No space left/s),
        });
        expect(await readdir(cache)).toEqual([]);
        expect((await site.driver.inspect(key.instanceId))?.volumes[0]?.interposers).toEqual([]);
      } finally {
        await runner.run({ program: 'umount', args: ['--lazy', cache] });
      }
    },
  );

  it('audit: every write is in the log with its data, what follows a crash, too; the log outlives the volume', async () => {
    await using site = await QsdSite.create();
    const { path } = await site.newVolume(4 * MIB);
    const { client, end, listener } = await through(site, [{ kind: 'audit' }], path);
    await client.write(4096, 4096, 0x5a);
    await site.killDataPlane(key.instanceId);
    await site.driver.adopt({ instanceId: key.instanceId, listener });
    await client.write(8192, 4096, 0x5b);
    await end();
    const directory = join(site.directory, 'audit');
    expect(await readdir(directory)).toEqual(['attachment-1.log']);
    const log = await readFile(join(directory, 'attachment-1.log'));
    expect(log.includes(Buffer.alloc(4096, 0x5a))).toBe(true);
    expect(log.includes(Buffer.alloc(4096, 0x5b))).toBe(true);
    expect((await readFile(path)).subarray(4096, 8192)).toEqual(Buffer.alloc(4096, 0x5a));
  });

  it.skipIf(process.getuid?.() !== 0 || missing('setpriv', 'unshare'))(
    'H23: cache and log also serve a daemon that runs as another user, in a private view',
    async () => {
      const owner = { uid: 61_234, gid: 61_234 };
      await using site = await QsdSite.create({ confinement: { runAs: owner } });
      await chmod(site.directory, 0o711);
      const { path } = await site.newVolume(4 * MIB);
      await chown(path, owner.uid, owner.gid);
      const { client, end } = await through(site, [{ kind: 'copy-on-read' }, { kind: 'audit' }], path);
      await client.write(4096, 4096, 0x5c);
      expect(await client.holds(4096, 4096, 0x5c)).toBe(true);
      expect((await readFile(path)).subarray(4096, 8192)).toEqual(Buffer.alloc(4096, 0x5c));
      await end();
    },
  );

  it('stages whose place is not configured are not claimed, and refused', async () => {
    const { interposers } = new QsdDriver().capabilities;
    expect(interposers).toEqual(['throttle', 'luks']);
    expect(() => new QsdDriver({ cacheDirectory: 'cache' })).toThrow('cacheDirectory');
    await using site = await QsdSite.create();
    const { path } = await site.newVolume(4 * MIB);
    const connectionInfo = { driver_volume_type: 'gpfs', device_path: path };
    await site.driver.open({ key, connectionInfo, readOnly: false, listener: await site.newListener() });
    const bare = new QsdDriver({ runtimeDirectory: site.runtimeDirectory });
    for (const kind of ['copy-on-read', 'audit'] as const) {
      const refusal = bare.interpose({ key, interposers: [{ kind }] });
      await expect(refusal).rejects.toMatchObject({
        code: 'not_supported',
        message: expect.stringContaining('Directory'),
      });
    }
  });
});
