import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LocalCommandRunner } from '../../src/index.ts';
import { missing } from '../qsd/installed.ts';
import { QsdSite } from '../qsd/qsd-site.ts';
import { openingOf, useVolume } from './used-volume.ts';

const runner = new LocalCommandRunner();
const MIB = 1024 * 1024;
/** The names that OpenStack's own instructions give them. */
const [pool, user] = ['volumes', 'cinder'];
const as = ['--id', user, '--connect-timeout', '10'];

async function whyNot(): Promise<string | undefined> {
  const absent = missing('qemu-storage-daemon', 'qemu-io', 'qemu-img', 'rbd', 'ceph');
  if (absent !== undefined) {
    return absent;
  }
  if (!existsSync('/etc/ceph/ceph.conf')) {
    return 'no Ceph: /etc/ceph/ceph.conf is not there';
  }
  const pools = await runner
    .run({ program: 'ceph', args: [...as, 'osd', 'pool', 'ls'] }, { timeoutMs: 15_000 })
    .catch((error: unknown) => new Error(`no Ceph that client.${user} can reach: ${error}`));
  if (pools instanceof Error) {
    return pools.message.slice(0, 200);
  }
  return pools.stdout.split('\n').includes(pool) ? undefined : `the Ceph has no pool "${pool}"`;
}

const reason = await whyNot();
const rbd = (...args: string[]): Promise<{ readonly stdout: string }> =>
  runner.run({ program: 'rbd', args: ['--id', user, ...args] }, { timeoutMs: 60_000 });

/** An image of our own, for one test. */
async function newImage(): Promise<
  { readonly name: string; readonly info: Record<string, unknown> } & AsyncDisposable
> {
  const name = `${pool}/iorcl-test-${randomUUID()}`;
  await rbd('create', '--size', '4M', name);
  const monitors = await runner.run({ program: 'ceph-conf', args: ['--lookup', 'mon_host'] });
  const hosts = monitors.stdout.trim().split(/[\s,]+/);
  return {
    name,
    info: {
      driver_volume_type: 'rbd',
      name,
      hosts,
      ports: hosts.map(() => '6789'),
      cluster_name: 'ceph',
      auth_enabled: true,
      auth_username: user,
    },
    [Symbol.asyncDispose]: async () => {
      await rbd('snap', 'purge', name);
      await rbd('rm', '--no-progress', name);
    },
  };
}

describe.skipIf(reason)(`backend rbd on a real Ceph${reason === undefined ? '' : ` (${reason})`}`, () => {
  it('H5: what a client writes is in the image; a snapshot of it is read-only and keeps what was', {
    timeout: 120_000,
  }, async () => {
    await using site = await QsdSite.create({ backends: {} });
    await using image = await newImage();
    const used = await useVolume(site, image.info);
    expect(used.state).toMatchObject({ backend: 'rbd', sizeBytes: 4 * MIB, readOnly: false });
    await used.client.write(MIB, 64 * 1024, 0x6d);
    await rbd('snap', 'create', '--no-progress', `${image.name}@before`);
    await used.client.write(MIB, 64 * 1024, 0x6e);
    await used.end();

    const snapshot = await useVolume(site, { ...image.info, name: `${image.name}@before` });
    expect(snapshot.state).toMatchObject({ sizeBytes: 4 * MIB, readOnly: true });
    expect(await snapshot.client.holds(MIB, 64 * 1024, 0x6d)).toBe(true);
    await expect(snapshot.client.write(0, 512, 1)).rejects.toThrow();
    await snapshot.end();

    const after = await useVolume(site, image.info);
    expect(await after.client.holds(MIB, 64 * 1024, 0x6e)).toBe(true);
    await after.end();
  });

  it('H19: an image that was resized by its owner is offered with its new size', { timeout: 120_000 }, async () => {
    await using site = await QsdSite.create({ backends: {} });
    await using image = await newImage();
    const key = { instanceId: randomUUID(), attachmentId: randomUUID() };
    const listener = await site.newListener();
    await site.driver.open({ key, connectionInfo: image.info, readOnly: false, listener });
    await site.driver.export({ key, exportName: 'disk', readOnly: false });
    await rbd('resize', '--no-progress', '--size', '8M', image.name);
    expect(await site.driver.resize({ key, sizeBytes: 8 * MIB })).toMatchObject({
      sizeBytes: 8 * MIB,
      exportName: 'disk',
    });
    await site.driver.unexport(key);
    await site.driver.close(key);
  });

  it('H5: an image that is not there, and a user who has no key, are clear errors, and nothing is left', {
    timeout: 120_000,
  }, async () => {
    await using site = await QsdSite.create({ backends: {} });
    await using image = await newImage();
    const absent = { ...image.info, name: `${pool}/iorcl-test-absent` };
    expect(await openingOf(site, absent)).toMatchObject({
      code: 'backend_failed',
      message: expect.stringContaining('iorcl-test-absent'),
    });
    const stranger = { ...image.info, auth_username: 'iorcl-test-nobody' };
    expect(await openingOf(site, stranger)).toMatchObject({ code: 'backend_failed' });
  });
});
