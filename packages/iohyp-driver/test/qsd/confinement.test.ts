import { randomUUID } from 'node:crypto';
import { chmod, chown, readdir, readFile, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Listener, LocalCommandRunner, type VolumeKey } from '../../src/index.ts';
import { attachLoop, noLoopDevice } from '../backends/loop-device.ts';
import { useVolume } from '../backends/used-volume.ts';
import { missing } from './installed.ts';
import { newerQemu, noNewerQemu } from './newer-qemu.ts';
import { QsdSite } from './qsd-site.ts';

const reason =
  missing('qemu-storage-daemon', 'qemu-io', 'qemu-img', 'setpriv', 'prlimit', 'taskset') ??
  (process.getuid?.() === 0 ? undefined : 'needs root to become another user');
const noLoop = await noLoopDevice();
/** No user of the machine: only what is given to it by number is its own. */
const nobody = { uid: 61_234, gid: 61_234 };

async function confinedSite(cores?: readonly number[], program?: string): Promise<QsdSite> {
  const confinement = { runAs: nobody, openFiles: 512, ...(cores === undefined ? {} : { cores }) };
  const site = await QsdSite.create({ confinement, ...(program === undefined ? {} : { program }) });
  await chmod(site.directory, 0o711);
  return site;
}

async function openOne(site: QsdSite, beside?: { readonly key: VolumeKey; readonly listener: Listener }) {
  const volume = await site.newVolume(1024 * 1024);
  await chown(volume.path, nobody.uid, nobody.gid);
  const key = beside?.key ?? { instanceId: randomUUID(), attachmentId: randomUUID() };
  const listener = beside?.listener ?? (await site.newListener());
  await site.driver.open({ key, connectionInfo: volume.connectionInfo, readOnly: false, listener });
  return { volume, key, listener };
}

describe.skipIf(reason)(`confined daemon${reason === undefined ? '' : ` (${reason})`}`, () => {
  it('H23: runs as its own user without any capability, with limits, and still serves', async () => {
    await using site = await confinedSite();
    const { volume, key, listener } = await openOne(site);
    const [daemon] = await site.daemons();
    const status = await readFile(`/proc/${daemon?.pid}/status`, 'utf8');
    const field = (name: string): string | undefined => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1];
    expect(field('Uid')).toBe([61_234, 61_234, 61_234, 61_234].join('\t'));
    expect(field('Groups')?.trim()).toBe('');
    expect(field('NoNewPrivs')).toBe('1');
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      expect(`${set} ${field(set)}`).toBe(`${set} 0000000000000000`);
    }
    const limits = await readFile(`/proc/${daemon?.pid}/limits`, 'utf8');
    expect(limits).toMatch(/^Max open files\s+512\s+512/m);
    expect(limits).toMatch(/^Max core file size\s+0\s+0/m);

    await site.driver.export({ key, exportName: 'disk', readOnly: false });
    const credentials = { identity: 'compute-1', secretHex: 'd1'.repeat(32) };
    await site.driver.grant({ key, ...credentials });
    const client = site.client({ listener, exportName: 'disk', credentials });
    await client.write(0, 4096, 0x77);
    expect(await volume.read(0, 4096)).toEqual(Buffer.alloc(4096, 0x77));
    const record = join(site.runtimeDirectory, key.instanceId, 'volumes', `${key.attachmentId}.json`);
    expect((await stat(record)).uid, 'records are not the daemon’s to read').toBe(0);

    await site.killDataPlane(key.instanceId);
    await site.driver.adopt({ instanceId: key.instanceId, listener });
    expect(await client.holds(0, 4096, 0x77)).toBe(true);
    await site.driver.unexport(key);
    await site.driver.close(key);
    expect(await site.leftovers()).toEqual([]);
  });

  it('H23: a volume that its user may not open is refused, and nothing is left', async () => {
    await using site = await confinedSite();
    const volume = await site.newVolume(1024 * 1024);
    await chmod(volume.path, 0o600);
    const key = { instanceId: randomUUID(), attachmentId: randomUUID() };
    const listener = await site.newListener();
    const opening = site.driver.open({ key, connectionInfo: volume.connectionInfo, readOnly: false, listener });
    await expect(opening).rejects.toMatchObject({
      code: 'backend_failed',
      message: expect.stringContaining('Permission denied'),
    });
    expect(await site.leftovers()).toEqual([]);
  });

  it('H23: sees of /dev and /run only what it needs: no other device, no other instance, no service of the host', async () => {
    await using site = await confinedSite();
    const [one, other] = [await openOne(site), await openOne(site)];
    const { program, args } = { program: 'nsenter', args: ['--mount', '--target'] };
    for (const daemon of await site.daemons()) {
      const own = daemon.args.some((arg) => arg.includes(one.key.instanceId)) ? one : other;
      const look = async (path: string): Promise<string[]> => {
        const command = { program, args: [...args, `${daemon.pid}`, 'ls', '-A', path] };
        return (await new LocalCommandRunner().run(command)).stdout.split('\n').filter((name) => name !== '');
      };
      expect(await look(site.runtimeDirectory)).toEqual([own.key.instanceId]);
      expect(await look('/dev')).toEqual(['null', 'random', 'urandom', 'zero']);
      expect((await look('/run')).filter((name) => name !== 'systemd')).toEqual([]);
    }
  });

  it.skipIf(noLoop)(
    `H23: is shown the block devices of its own volumes${noLoop === undefined ? '' : ` (${noLoop})`}`,
    async () => {
      const nobodys = { runAs: nobody };
      await using site = await QsdSite.create({
        confinement: nobodys,
        backends: { local: { allowedPrefixes: ['/dev/loop'] } },
      });
      await chmod(site.directory, 0o711);
      const volume = await site.newVolume(1024 * 1024);
      await using loop = await attachLoop(volume.path);
      const connectionInfo = { driver_volume_type: 'local', device_path: loop.device };
      const used = await useVolume(site, connectionInfo);
      await used.client.write(0, 4096, 0x78);
      expect(await volume.read(0, 4096)).toEqual(Buffer.alloc(4096, 0x78));
      const [daemon] = await site.daemons();
      const view = ['--mount', '--target', `${daemon?.pid}`, 'ls', '-A', '/dev'];
      const { stdout: devices } = await new LocalCommandRunner().run({ program: 'nsenter', args: view });
      expect(devices, 'a device that is open is in its view no more').toBe('null\nrandom\nurandom\nzero\n');
      expect((await stat(loop.device)).uid, 'on the host it is nobody else’s than before').toBe(0);
      await used.end();
    },
  );

  it.skipIf(availableParallelism() < 2)('binds each daemon to the side core that the fewest have', async () => {
    await using site = await confinedSite([0, 1]);
    const first = await openOne(site);
    await openOne(site, { ...first, key: { ...first.key, attachmentId: randomUUID() } });
    await openOne(site);
    const third = await openOne(site);
    const seen = async (): Promise<(string | undefined)[]> => (await threadCores(site)).map((cores) => cores.join());
    expect((await seen()).toSorted()).toEqual(['0', '1', '1']);
    await site.killDataPlane(third.key.instanceId);
    await site.driver.adopt({ instanceId: third.key.instanceId, listener: third.listener });
    expect((await seen()).toSorted()).toEqual(['0', '1', '1']);
  });

  it.skipIf(noNewerQemu ?? availableParallelism() < 2)(
    `binds the thread of each volume to the side core that the fewest have, the rest to all of them${noNewerQemu === undefined ? '' : ` (${noNewerQemu})`}`,
    async () => {
      await using site = await confinedSite([0, 1], newerQemu);
      const first = await openOne(site);
      await openOne(site, { ...first, key: { ...first.key, attachmentId: randomUUID() } });
      await openOne(site);
      const third = await openOne(site);
      const seen = async (): Promise<string[]> => {
        const daemons = await threadCores(site);
        expect(
          daemons.every((cores) => cores[0] === '0-1'),
          'the main threads',
        ).toBe(true);
        return daemons.flatMap((cores) => cores.filter((core) => core !== '0-1'));
      };
      expect((await seen()).toSorted()).toEqual(['0', '0', '1', '1']);
      await site.killDataPlane(third.key.instanceId);
      await site.driver.adopt({ instanceId: third.key.instanceId, listener: third.listener });
      expect((await seen()).toSorted()).toEqual(['0', '0', '1', '1']);
    },
  );
});

/** For each daemon the different sets of cores that its threads may run on, the main thread's first. */
async function threadCores(site: QsdSite): Promise<string[][]> {
  const daemons = (await site.daemons()).map(async ({ pid }) => {
    const threads = (await readdir(`/proc/${pid}/task`)).toSorted((one, other) => Number(one) - Number(other));
    return [...new Set(await Promise.all(threads.map((id) => allowedCores(`/proc/${pid}/task/${id}/status`))))];
  });
  return Promise.all(daemons);
}

/** proc(5), status: such as `2` or `0-7`. */
async function allowedCores(statusFile: string): Promise<string> {
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(await readFile(statusFile, 'utf8'))?.[1] ?? '';
}
