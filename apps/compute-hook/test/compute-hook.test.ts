import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NetworkView } from '@iorcl/api';
import { findProcesses } from '@iorcl/iohyp-driver';
import { OpenStackClient, passwordAuth } from '@iorcl/openstack-client';
import { FakeCloud, SimulatedCompute } from '@iorcl/openstack-client/testing';
import {
  createBridge,
  createTenantNetworkPlugs,
  listLinks,
  NetlinkSocket,
  type PluggedNetwork,
  type TenantNetworkPlugs,
} from '@iorcl/vlan-netlink';
import { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from '@iorcl/vlan-netlink/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FuseImporter } from '../src/importers/fuse/fuse-importer.ts';
import { readMounts } from '../src/importers/mount-table.ts';
import { makeCertificate } from './certificate.ts';
import { IoHostApi } from './io-host-api.ts';
import { IoHostEnd } from './io-host-end.ts';
import { importsImpossible } from './nbd-server.ts';
import { RunningHook } from './running-hook.ts';
import { until } from './wire.ts';

// Real processes: what takes seconds alone takes longer beside other tests.
vi.setConfig({ hookTimeout: 120_000 });

const impossible = importsImpossible() ?? whyNoNamespaces();

const network: NetworkView = {
  networkId: 'b1ue0000-0000-4000-8000-000000000001',
  type: 'vlan',
  physicalNetwork: 'physnet1',
  segmentationId: 120,
};

describe.skipIf(impossible !== undefined)(
  `the running hook${impossible === undefined ? '' : ` (${impossible})`}`,
  { timeout: 120_000 },
  () => {
    let fresh: FreshNamespace;
    let directory: string;
    let cloud: FakeCloud;
    let service: OpenStackClient;
    let end: IoHostEnd;
    let api: IoHostApi;
    let hook: RunningHook;
    let nova: SimulatedCompute;

    beforeEach(async () => {
      fresh = await enterFreshNamespace();
      directory = mkdtempSync(join(tmpdir(), 'iorcl-running-'));
      using socket = NetlinkSocket.open();
      await createBridge(socket, { name: `brq${network.networkId.slice(0, 11)}`, up: true });
      cloud = await FakeCloud.start({ volumesDirectory: join(directory, 'volumes') });
      service = new OpenStackClient({ auth: passwordAuth(cloud.credentials.service) });
      end = new IoHostEnd({ directory, fresh });
      api = await IoHostApi.start({ cloud, cinder: service, end, network });
      const port = await freePort();
      hook = new RunningHook({
        directory: join(directory, 'hook'),
        namespaceDirectory: fresh.namespaceDirectory,
        cinderEndpoint: cloud.endpoints.blockStorage,
        ioHostEndpoint: api.url,
        authUrl: cloud.authUrl,
        password: cloud.credentials.service.password,
        port,
      });
      nova = new SimulatedCompute({ cloud, host: 'compute-1', cinderEndpoint: `http://127.0.0.1:${port}` });
      await hook.start();
    });
    afterEach(async () => {
      await hook.end('SIGKILL');
      await removeImports();
      await end.unexportAll();
      await api[Symbol.asyncDispose]();
      await cloud.stop();
      service.close();
      fresh.leave();
      rmSync(directory, { recursive: true });
    });

    const daemons = () =>
      findProcesses(
        (args) => args[0]?.includes('storage') === true && args[2]?.includes(join(directory, 'hook')) === true,
      );
    /** What a failed test leaves. */
    const removeImports = async () => {
      const importsDirectory = join(directory, 'hook', 'imports');
      const runtimeDirectory = join(directory, 'hook', 'run');
      const importer = new FuseImporter({ importsDirectory, runtimeDirectory, stopTimeoutMs: 5_000 });
      for (const attachmentId of await importer.list()) await importer.unimport(attachmentId);
    };
    const addServer = (extraSpecs: Readonly<Record<string, string>>) => {
      const flavor = cloud.addFlavor({ name: `f-${Math.random()}`, extraSpecs });
      return cloud.addServer({ name: 's', flavor, host: 'compute-1' }).id;
    };
    const linkNames = async () => {
      using socket = NetlinkSocket.open();
      return (await listLinks(socket)).map(({ name }) => name).sort();
    };
    const expectNothingLeft = async () => {
      expect(await daemons()).toEqual([]);
      expect((await readMounts()).filter(({ mountPoint }) => mountPoint.startsWith(directory))).toEqual([]);
      const places = ['imports', 'run', 'networks', 'state/imports'].map((name) => join(directory, 'hook', name));
      for (const place of [...places, fresh.namespaceDirectory]) {
        expect(existsSync(place) ? readdirSync(place) : [], place).toEqual([]);
      }
      expect(cloud.attachments()).toEqual([]);
    };

    it('B1 B7: a stock Nova attaches, writes, and detaches a volume of an io instance; nothing is left', async () => {
      const links = await linkNames();
      const server = addServer({ 'io:enabled': '1' });
      const volume = cloud.addVolume({ sizeGiB: 1 });
      const disk = await nova.attachVolume(server, volume.id);
      expect(disk.devicePath).toBe(join(directory, 'hook', 'imports', disk.attachmentId, 'disk'));
      const pattern = randomBytes(4096);
      await disk.handle?.write(pattern, 0, pattern.length, 8192);
      await disk.handle?.sync();
      expect(readAt(cloud.volumeFile(volume.id), 8192, 4096).equals(pattern)).toBe(true);
      expect(cloud.volume(volume.id)?.status).toBe('in-use');
      await nova.detachVolume(server, volume.id);
      expect(cloud.volume(volume.id)?.status).toBe('available');
      await expectNothingLeft();
      expect(await linkNames()).toEqual(links);
      expect(await hook.end('SIGTERM')).toBe(0);
      expect(hook.log).not.toContain(cloud.credentials.service.password);
      expect(hook.log).not.toContain('ab'.repeat(32));
    });

    it('H22: killed -9 in mid-I/O and started again, the hook keeps its imports: the same process, the same path', async () => {
      const server = addServer({ 'io:enabled': '1' });
      const volume = cloud.addVolume({ sizeGiB: 1 });
      const disk = await nova.attachVolume(server, volume.id);
      const before = await daemons();
      await hook.end('SIGKILL');
      const pattern = randomBytes(4096);
      await disk.handle?.write(pattern, 0, pattern.length, 0);
      await disk.handle?.sync();
      await hook.start();
      expect(await daemons()).toEqual(before);
      expect(readAt(cloud.volumeFile(volume.id), 0, 4096).equals(pattern)).toBe(true);
      await nova.detachVolume(server, volume.id);
      await expectNothingLeft();
    });

    it('H19: after this host was rebooted, imports are made again before the hook answers: Nova does not ask', async () => {
      const server = addServer({ 'io:enabled': '1' });
      const volume = cloud.addVolume({ sizeGiB: 1 });
      const { attachmentId } = await nova.attachVolume(server, volume.id);
      // What a reboot takes away: the hook, the guest, the daemon and what lies in /run.
      await hook.end('SIGKILL');
      const [daemon] = await daemons();
      await nova.hardReboot(server).then(([disk]) => disk?.handle?.close());
      process.kill(daemon?.pid ?? 0, 'SIGKILL');
      while ((await daemons()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
      rmSync(join(directory, 'hook', 'run'), { recursive: true });
      await hook.start();
      const [again] = await nova.hardReboot(server);
      expect(again).toMatchObject({ attachmentId });
      expect(cloud.volume(volume.id)?.status).toBe('in-use');
      await nova.detachVolume(server, volume.id);
      await expectNothingLeft();
    });

    it('H19: a volume that Cinder has extended has its new size here before Nova hears of it; the guest goes on', async () => {
      const server = addServer({ 'io:enabled': '1' });
      const volume = cloud.addVolume({ sizeGiB: 1 });
      const { devicePath, handle } = await nova.attachVolume(server, volume.id);
      const old = randomBytes(4096);
      await handle?.write(old, 0, old.length, 0);
      await handle?.sync();
      const before = await daemons();
      cloud.extendVolume(volume.id, 2);
      await nova.volumeExtended(volume.id);
      expect(sizeOf(devicePath)).toBe(2 ** 31);
      expect(await daemons()).toEqual(before);
      const pattern = randomBytes(4096);
      await handle?.write(pattern, 0, pattern.length, 2 ** 31 - 4096);
      await handle?.sync();
      const read = Buffer.alloc(4096);
      await handle?.read(read, 0, 4096, 2 ** 31 - 4096);
      expect(read.equals(pattern)).toBe(true);
      expect(readAt(cloud.volumeFile(volume.id), 2 ** 31 - 4096, 4096).equals(pattern)).toBe(true);
      expect(readAt(cloud.volumeFile(volume.id), 0, 4096).equals(old)).toBe(true);
      await nova.detachVolume(server, volume.id);
      await expectNothingLeft();
    });

    it('H19: killed -9 before Cinder extends, the hook lets its import follow at its next start; also after a reboot', async () => {
      const server = addServer({ 'io:enabled': '1' });
      const volume = cloud.addVolume({ sizeGiB: 1 });
      const { attachmentId, devicePath } = await nova.attachVolume(server, volume.id);
      await hook.end('SIGKILL');
      cloud.extendVolume(volume.id, 2);
      await fetch(`${api.url}/v1/attachments/${attachmentId}/resize`, { method: 'POST' });
      await hook.start();
      expect(sizeOf(devicePath)).toBe(2 ** 31);
      await hook.end('SIGKILL');
      // What a reboot takes away: the hook, the guest, the daemon.
      await nova.hardReboot(server).then(([disk]) => disk?.handle?.close());
      cloud.extendVolume(volume.id, 3);
      await fetch(`${api.url}/v1/attachments/${attachmentId}/resize`, { method: 'POST' });
      const [daemon] = await daemons();
      process.kill(daemon?.pid ?? 0, 'SIGKILL');
      while ((await daemons()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await hook.start();
      expect(sizeOf(devicePath)).toBe(3 * 2 ** 30);
      await nova.detachVolume(server, volume.id);
      await expectNothingLeft();
    });

    it('B8 H19: an evacuated host that comes back has lost its import before it answers; nothing of it is left', async () => {
      const server = addServer({ 'io:enabled': '1' });
      const volume = cloud.addVolume({ sizeGiB: 1 });
      const { attachmentId } = await nova.attachVolume(server, volume.id);
      await hook.end('SIGKILL');
      await nova.die();
      // What the new host's hook does: the I/O host first, then Cinder.
      await end.unexport(attachmentId);
      cloud.state.cinder.removeAttachment(attachmentId);
      await hook.start();
      expect(hook.log).toContain('stale import ended');
      await expectNothingLeft();
    });

    it('is only a client on the tenant network: nobody there can open a connection to this host', async () => {
      const server = addServer({ 'io:enabled': '1' });
      const volume = cloud.addVolume({ sizeGiB: 1 });
      await nova.attachVolume(server, volume.id);
      const plugs = (site: string, host: string, stateDirectory: string) =>
        createTenantNetworkPlugs({
          site,
          host,
          targets: { physnet1: { kind: 'bridge' } },
          namespaceDirectory: fresh.namespaceDirectory,
          stateDirectory,
        });
      const compute = plugs('compute', 'compute-1', join(directory, 'hook', 'networks'));
      const ioHost = plugs('io', 'io-1', fresh.stateDirectory);
      const [[here], [there]] = await Promise.all([compute.list(), ioHost.list()]);
      if (here === undefined || there === undefined) throw new Error('not plugged');
      const connect = (from: TenantNetworkPlugs, by: PluggedNetwork, to: PluggedNetwork, port: number) => {
        const script = `</dev/tcp/${to.linkLocal}%${by.interfaceName}/${port}`;
        return from.runInside(by.network, () => spawnSync('timeout', ['2', 'bash', '-c', script]).status);
      };
      expect(connect(compute, here, there, 10_809)).toBe(0);
      // Where nobody listens a host that can be reached says so; this one says nothing.
      expect(connect(compute, here, there, 1)).toBe(1);
      expect(connect(ioHost, there, here, 1)).toBe(124);
      await nova.detachVolume(server, volume.id);
      await expectNothingLeft();
    });

    it('H23: needs no capability beyond those that its systemd unit leaves it', async () => {
      await hook.end('SIGTERM');
      const unit = readFileSync(new URL('../systemd/iorcl-compute-hook.service', import.meta.url), 'utf8');
      const names = /^CapabilityBoundingSet=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? [];
      const bounds = names.map((name) => `+${name.replace(/^CAP_/, '').toLowerCase()}`).join(',');
      await hook.start(['setpriv', '--no-new-privs', `--bounding-set=-all,${bounds}`]);
      const server = addServer({ 'io:enabled': '1' });
      const volume = cloud.addVolume({ sizeGiB: 1 });
      await nova.attachVolume(server, volume.id);
      await nova.detachVolume(server, volume.id);
      await expectNothingLeft();
    });

    it("checks iorcld's https against the configured certificates, and attaches over it", async () => {
      await hook.end('SIGTERM');
      const { certFile, ...tls } = makeCertificate(directory);
      await using secure = await IoHostApi.start({ cloud, cinder: service, end, network, tls });
      hook.configure(`endpoint = ${api.url}`, `endpoint = ${secure.url}`);
      await hook.start();
      const unlucky = addServer({ 'io:enabled': '1' });
      await expect(nova.attachVolume(unlucky, cloud.addVolume({ sizeGiB: 1 }).id)).rejects.toThrow('certificate');
      await hook.end('SIGTERM');
      hook.configure('[iorcl]', '[iorcl]\ncafile = /nonexistent.pem');
      await expect(hook.start()).rejects.toThrow('[iorcl] cafile = /nonexistent.pem');
      hook.configure('/nonexistent.pem', certFile);
      await hook.start();
      await nova.deleteServer(unlucky);
      const server = addServer({ 'io:enabled': '1' });
      const volume = cloud.addVolume({ sizeGiB: 1 });
      await nova.attachVolume(server, volume.id);
      await nova.detachVolume(server, volume.id);
      await expectNothingLeft();
    });

    it('H25: SIGHUP takes over how to log, from the configuration file as it is then', async () => {
      hook.configure('[DEFAULT]', '[DEFAULT]\nlog_format = json');
      hook.signal('SIGHUP');
      await until(() => /"message":"reloaded"|"reloaded"/.test(hook.log), 'reloaded');
      hook.configure('log_format = json', 'log_format = xml');
      hook.signal('SIGHUP');
      await until(() => hook.log.includes('not reloaded'), 'not reloaded');
      expect(hook.log).toContain('log_format = xml');
      expect(await hook.end('SIGTERM')).toBe(0);
    });

    it('says which importer makes new imports', () => {
      expect(hook.log).toContain('importer fuse is chosen for exports by nbd');
    });

    it('does not start with an importer that is named and impossible here, and says why', async () => {
      await hook.end('SIGTERM');
      hook.configure('[importer]', '[importer]\nkind = fuse');
      hook.configure('allow_private_mount = true', `runtime_directory = ${directory}/${'long'.repeat(20)}`);
      await expect(hook.start()).rejects.toThrow(/\[importer\] kind = fuse: .*must be at most 60 bytes long/);
    });

    it('a plain flavor is untouched', async () => {
      const server = addServer({});
      const volume = cloud.addVolume({ sizeGiB: 1 });
      const disk = await nova.attachVolume(server, volume.id);
      expect(disk.devicePath).toBe(cloud.volumeFile(volume.id));
      await nova.detachVolume(server, volume.id);
      await expectNothingLeft();
    });

    it('H7: with the I/O host down the user gets an error, and Nova rolls back to nothing', async () => {
      await api[Symbol.asyncDispose]();
      const server = addServer({ 'io:enabled': '1' });
      const volume = cloud.addVolume({ sizeGiB: 1 });
      await expect(nova.attachVolume(server, volume.id)).rejects.toThrow('unreachable');
      expect(hook.log).toContain('unreachable');
    });
  },
);

function sizeOf(path: string | undefined): number {
  return statSync(path ?? '').size;
}

function readAt(file: string, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, bytes, 0, length, position);
  closeSync(descriptor);
  return bytes;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}
