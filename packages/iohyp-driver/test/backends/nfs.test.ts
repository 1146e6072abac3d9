import { createHash } from 'node:crypto';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LocalCommandRunner } from '../../src/index.ts';
import { missing } from '../qsd/installed.ts';
import { QsdSite } from '../qsd/qsd-site.ts';
import { openingOf, useVolume } from './used-volume.ts';

const runner = new LocalCommandRunner();
const MIB = 1024 * 1024;
const SHARE = 'filer.example:/vol/cinder';

/** Mounts a file system that calls itself `source`: where an NFS share would be. */
async function mounted(directory: string, source: string): Promise<AsyncDisposable> {
  await mkdir(directory, { recursive: true });
  await runner.run({ program: 'mount', args: ['-t', 'tmpfs', '-o', 'size=16m', source, directory] });
  return {
    [Symbol.asyncDispose]: async () => {
      await runner.run({ program: 'umount', args: ['--lazy', directory] });
    },
  };
}

const md5 = (share: string): string => createHash('md5').update(share).digest('hex');
const reason =
  missing('qemu-storage-daemon', 'qemu-io', 'qemu-img') ??
  (process.getuid?.() === 0 ? undefined : 'needs root to mount');

describe.skipIf(reason)(`backend nfs${reason === undefined ? '' : ` (${reason})`}`, () => {
  it('H5: raw and qcow2 files of a mounted share are opened as Cinder says, and what is written arrives', async () => {
    const mounts: { base?: string } = {};
    await using site = await QsdSite.create({
      backends: {
        nfs: {
          get mountPointBase() {
            return mounts.base ?? '';
          },
        },
      },
    });
    mounts.base = join(site.directory, 'mnt');
    const directory = join(mounts.base, md5(SHARE));
    await using _mount = await mounted(directory, SHARE);
    await writeFile(join(directory, 'volume-1'), '');
    await truncate(join(directory, 'volume-1'), 2 * MIB);
    await runner.run({ program: 'qemu-img', args: ['create', '-q', '-f', 'qcow2', join(directory, 'volume-2'), '3M'] });
    const raw = await useVolume(site, {
      driver_volume_type: 'nfs',
      data: { export: SHARE, name: 'volume-1', format: 'raw' },
    });
    expect(raw.state).toMatchObject({ backend: 'nfs', sizeBytes: 2 * MIB });
    await raw.client.write(0, 4096, 0x4e);
    await raw.end();
    const qcow2 = await useVolume(site, {
      driver_volume_type: 'nfs',
      export: SHARE,
      name: 'volume-2',
      format: 'qcow2',
    });
    expect(qcow2.state).toMatchObject({ backend: 'nfs', sizeBytes: 3 * MIB });
    await qcow2.client.write(2 * MIB, 4096, 0x4f);
    await qcow2.end();
    const again = await useVolume(site, {
      driver_volume_type: 'nfs',
      export: SHARE,
      name: 'volume-2',
      format: 'qcow2',
    });
    expect(await again.client.holds(2 * MIB, 4096, 0x4f)).toBe(true);
    await again.end();
  });

  it('H5: a share that is not mounted, or another one in its place, is refused with the command that would mount it', async () => {
    const mounts: { base?: string } = {};
    await using site = await QsdSite.create({
      backends: {
        nfs: {
          get mountPointBase() {
            return mounts.base ?? '';
          },
        },
      },
    });
    mounts.base = join(site.directory, 'mnt');
    const directory = join(mounts.base, md5(SHARE));
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'volume-1'), Buffer.alloc(MIB));
    const info = { driver_volume_type: 'nfs', export: SHARE, name: 'volume-1' };
    const refusal = { code: 'backend_failed', message: expect.stringContaining(`mount -t nfs ${SHARE} ${directory}`) };
    expect(await openingOf(site, info)).toMatchObject(refusal);
    await using _mount = await mounted(directory, 'another:/share');
    expect(await openingOf(site, info)).toMatchObject({
      message: expect.stringContaining('another:/share is mounted'),
    });
    for (const [field, value] of [
      ['export', 'no-share'],
      ['name', '../volume-1'],
      ['name', 'a/b'],
      ['format', 'vmdk'],
    ] as const) {
      expect(await openingOf(site, { ...info, [field]: value })).toMatchObject({
        code: 'bad_connection_info',
        message: expect.stringContaining(field),
      });
    }
    await using _share = await mounted(join(mounts.base, md5('s:/x')), 's:/x');
    // Links in the share, which whoever may write to it can make: to a file of this host, of another share, of its own.
    const share = join(mounts.base, md5('s:/x'));
    await writeFile(join(share, 'volume-1'), Buffer.alloc(MIB));
    await writeFile(join(directory, 'volume-2'), Buffer.alloc(MIB));
    await symlink('/etc/passwd', join(share, 'link-to-host'));
    await symlink(join(directory, 'volume-2'), join(share, 'link-to-share'));
    await symlink('volume-1', join(share, 'link-to-own'));
    await symlink('nowhere', join(share, 'link-to-nothing'));
    for (const name of ['link-to-host', 'link-to-share', 'link-to-own']) {
      expect(await openingOf(site, { ...info, export: 's:/x', name })).toMatchObject({
        code: 'unsafe_path',
        message: expect.stringContaining('symbolic link'),
      });
    }
    expect(await openingOf(site, { ...info, export: 's:/x', name: 'link-to-nothing' })).toMatchObject({
      code: 'backend_failed',
    });
    expect(await openingOf(site, { ...info, export: 's:/x', name: '..' })).toMatchObject({ code: 'unsafe_path' });
  });
});
