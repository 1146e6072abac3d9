import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from '@iorcl/api';
import { connectFabrics, controllersOf, deleteController, diskOf, LocalCommandRunner } from '@iorcl/iohyp-driver';
import { OpenStackClient, passwordAuth } from '@iorcl/openstack-client';
import { type AttachedDisk, FakeCloud, SimulatedCompute } from '@iorcl/openstack-client/testing';
import {
  changeLink,
  createBridge,
  deleteLink,
  findLink,
  listLinks,
  NamedNamespaces,
  NetlinkSocket,
} from '@iorcl/vlan-netlink';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { whyNoNvmeTcp } from '../../src/importers/nvme-tcp/why-no-nvme-tcp.ts';
import { RunningHook } from '../running-hook.ts';
import { until } from '../wire.ts';
import { DiskWriter } from './disk-writer.ts';
import { OsBrick, whyNoOsBrick } from './os-brick.ts';
import { RunningIorcld } from './running-iorcld.ts';

// A kernel with one processor, and Python and Node that start anew all the time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const CONFIGFS = '/sys/kernel/config/nvmet';
const GIB = 1024 ** 3;
const OUTAGE_MS = 30_000;
const eventually = { timeout: 60_000, interval: 100 };

const impossible =
  (await whyNoNvmeTcp()) ??
  (existsSync(`${CONFIGFS}/subsystems`) ? undefined : `${CONFIGFS} is not there: this kernel has no NVMe target`) ??
  whyNoOsBrick();
const commands = new LocalCommandRunner();
const run = async (program: string, ...args: readonly string[]): Promise<string> =>
  (await commands.run({ program, args })).stdout;

/**
 * I/O host and compute host in one kernel, with their own programs: iorcld with driver `nvmet` in a tenant's namespace, the hook in
 * the initial one, the real os-brick on its answers.
 */
describe.skipIf(impossible !== undefined)(
  `importer nvme-tcp, from the I/O host to os-brick${impossible === undefined ? '' : ` (skipped: ${impossible})`}`,
  () => {
    let directory: string;
    let cloud: FakeCloud;
    let iorcld: RunningIorcld;
    let api: ApiClient;
    let hook: RunningHook;
    let nova: SimulatedCompute;
    let service: OpenStackClient;
    let networkId: string;

    beforeAll(async () => {
      // Not in the usual place: the kernel lab's is an overlay, and files of one look empty to the kernel's NVMe target.
      directory = mkdtempSync('/dev/shm/iorcl-nvme-');
      const volumesDirectory = join(directory, 'volumes');
      cloud = await FakeCloud.start({ volumesDirectory });
      cloud.addFlavor({ name: 'io.small', extraSpecs: { 'io:enabled': '1' } });
      const { authUrl, credentials } = cloud;
      const { password } = credentials.service;
      service = new OpenStackClient({ auth: passwordAuth(credentials.service) });
      iorcld = new RunningIorcld({
        ...{ directory: join(directory, 'io'), volumesDirectory, authUrl, password, port: await freePort() },
      });
      api = new ApiClient({ endpoint: iorcld.url, token: () => service.token() });
      const port = await freePort();
      hook = new RunningHook({
        ...{ directory: join(directory, 'hook'), namespaceDirectory: join(directory, 'hook', 'netns') },
        ...{ cinderEndpoint: cloud.endpoints.blockStorage, ioHostEndpoint: iorcld.url, authUrl, password, port },
      });
      nova = new SimulatedCompute({ cloud, host: 'compute-1', cinderEndpoint: `http://127.0.0.1:${port}` });
      networkId = await addNetwork('blue', 101);
      await iorcld.start();
      await hook.start();
    });
    afterAll(async () => {
      await hook.end('SIGKILL');
      await iorcld.end('SIGKILL');
      for (const subsystem of ours(`${CONFIGFS}/subsystems`)) {
        for (const controller of await controllersOf(subsystem)) await deleteController(controller);
      }
      await loseIoHost();
      await loseComputeHost();
      using socket = NetlinkSocket.open();
      for (const { name, index } of await listLinks(socket))
        if (name.startsWith('brq')) await deleteLink(socket, index);
      await cloud.stop();
      service.close();
      for (const place of ['io', 'hook']) await run('umount', join(directory, place, 'netns')).catch(() => '');
      rmSync(directory, { recursive: true, force: true });
    });

    const addNetwork = async (name: string, segmentationId: number): Promise<string> => {
      const { id } = cloud.addNetwork({ name, physicalNetwork: 'physnet1', segmentationId });
      using socket = NetlinkSocket.open();
      await createBridge(socket, { name: `brq${id.slice(0, 11)}`, up: true });
      return id;
    };
    const attach = async (
      network: string = networkId,
    ): Promise<{ serverId: string; disk: AttachedDisk; brick: OsBrick }> => {
      const { id: serverId } = cloud.addServer({
        ...{ name: 'vm', flavor: 'io.small', networks: [network], host: 'compute-1' },
      });
      const disk = await nova.attachVolume(serverId, cloud.addVolume({ sizeGiB: 1 }).id);
      return { serverId, disk, brick: new OsBrick(disk.connectionInfo) };
    };
    const nqnOf = (disk: AttachedDisk): string => String(disk.connectionInfo['target_nqn']);
    const deviceOf = async (disk: AttachedDisk): Promise<string> => {
      const name = await diskOf(nqnOf(disk), { uuid: disk.volumeId });
      if (name === undefined) throw new Error(`no disk for volume ${disk.volumeId}`);
      return `/dev/${name}`;
    };
    const stateOf = (controller: string): string => readFileSync(`/sys/class/nvme/${controller}/state`, 'utf8').trim();
    const ours = (path: string): readonly string[] =>
      existsSync(path) ? readdirSync(path).filter((name) => name.startsWith('nqn.2026-01.org.iorcl:')) : [];
    /** What a reboot of the I/O host takes: the kernel's target, namespaces and links, `/run`. */
    const loseIoHost = async (): Promise<void> => {
      for (const port of readdirSync(`${CONFIGFS}/ports`)) {
        for (const nqn of ours(`${CONFIGFS}/ports/${port}/subsystems`))
          rmSync(`${CONFIGFS}/ports/${port}/subsystems/${nqn}`);
      }
      for (const nqn of ours(`${CONFIGFS}/subsystems`)) {
        for (const id of readdirSync(`${CONFIGFS}/subsystems/${nqn}/namespaces`)) {
          await writeFile(`${CONFIGFS}/subsystems/${nqn}/namespaces/${id}/enable`, '0');
          await run('rmdir', `${CONFIGFS}/subsystems/${nqn}/namespaces/${id}`);
        }
        for (const client of readdirSync(`${CONFIGFS}/subsystems/${nqn}/allowed_hosts`)) {
          rmSync(`${CONFIGFS}/subsystems/${nqn}/allowed_hosts/${client}`);
        }
        await run('rmdir', `${CONFIGFS}/subsystems/${nqn}`);
      }
      for (const client of ours(`${CONFIGFS}/hosts`)) await run('rmdir', `${CONFIGFS}/hosts/${client}`);
      for (const port of readdirSync(`${CONFIGFS}/ports`)) await run('rmdir', `${CONFIGFS}/ports/${port}`);
      const named = new NamedNamespaces(join(directory, 'io', 'netns'));
      for (const name of named.list()) named.delete(name);
      for (const name of ['nvmet', 'networks']) rmSync(join(directory, 'io', name), { recursive: true, force: true });
    };
    /** What a reboot of the compute host takes: connections, links, rules, `/run`. */
    const loseComputeHost = async (): Promise<void> => {
      using socket = NetlinkSocket.open();
      for (const { alias, index } of await listLinks(socket)) {
        if (alias?.startsWith('iorcl:compute:') === true) await deleteLink(socket, index);
      }
      for (const name of ['run', 'networks']) rmSync(join(directory, 'hook', name), { recursive: true, force: true });
    };
    const leftovers = async (): Promise<readonly string[]> => {
      using socket = NetlinkSocket.open();
      const links = (await listLinks(socket)).map(({ name }) => name).filter((name) => name.startsWith('io'));
      const files = ['hook/run', 'hook/networks', 'hook/state/imports', 'io/nvmet', 'io/networks', 'io/netns'];
      return [
        ...links,
        ...['subsystems', 'hosts'].flatMap((kind) => ours(`${CONFIGFS}/${kind}`)),
        ...readdirSync('/sys/class/nvme'),
        ...files.flatMap((name) => (existsSync(join(directory, name)) ? readdirSync(join(directory, name)) : [])),
        ...cloud.attachments().map(({ id }) => `attachment ${id}`),
      ];
    };

    it('chooses nvme-tcp for what such an I/O host exports', () => {
      expect(hook.log).toContain('importer nvme-tcp is chosen for exports by nvme-tcp');
    });

    it('B1 B4 B7: a stock os-brick finds the volume by its id, reads and writes, sees it grow, and leaves nothing', async () => {
      const { serverId, disk, brick } = await attach();
      const { volumeId, attachmentId } = disk;
      expect(disk.connectionInfo).toMatchObject({ driver_volume_type: 'nvmeof', vol_uuid: volumeId, encrypted: false });
      expect(JSON.stringify(disk.connectionInfo)).not.toContain('DHHC-1');
      const device = await brick.connect();
      expect(device).toMatch(/^\/dev\/nvme\d+n\d+$/);
      expect(readFileSync(`/sys/block/${device.slice('/dev/'.length)}/uuid`, 'utf8').trim()).toBe(volumeId);
      const file = await open(device, 'r+');
      await file.write(Buffer.alloc(64 * 1024, 0x5c), 0, 64 * 1024, 4096);
      await file.sync();
      const stored = await open(cloud.volumeFile(volumeId), 'r');
      const { buffer } = await stored.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, 4096);
      expect(buffer.equals(Buffer.alloc(64 * 1024, 0x5c))).toBe(true);
      await stored.close();
      await file.close();

      cloud.extendVolume(volumeId, 2);
      await api.resizeAttachment(attachmentId);
      expect(await brick.extend()).toBe(2 * GIB);

      await brick.disconnect();
      await nova.detachVolume(serverId, volumeId);
      expect(await leftovers()).toEqual([]);
      expect(await run('nft', 'list', 'tables').catch(() => '')).not.toContain('iorcl-');
    });

    it('H19: a hard reboot finds the connection that os-brick would have ended; so does an os-brick with multipath', async () => {
      const { serverId, disk, brick } = await attach();
      const device = await brick.connect();
      const before = await controllersOf(nqnOf(disk));
      expect(before).toHaveLength(1);
      await brick.disconnect();
      expect(await controllersOf(nqnOf(disk))).toEqual(before);
      expect(await brick.connect()).toBe(device);
      expect(await new OsBrick(disk.connectionInfo, { multipath: true }).connect()).toBe(device);
      expect(await controllersOf(nqnOf(disk))).toEqual(before);
      await brick.disconnect();
      await nova.detachVolume(serverId, disk.volumeId);
      expect(await leftovers()).toEqual([]);
    });

    it('a client without key, with another key or of another name is refused, and so is one on another tenant’s network', async () => {
      const { serverId, disk } = await attach();
      const [controller] = await controllersOf(nqnOf(disk));
      const { address, port } = controller?.portal ?? { address: '', port: '' };
      const secret = readFileSync(`/sys/class/nvme/${controller?.name}/dhchap_secret`, 'utf8').trim();
      const attempt = (change: Readonly<Record<string, string>>): Promise<string> => {
        const hostid = crypto.randomUUID();
        const given = { transport: 'tcp', traddr: address, trsvcid: port, nqn: nqnOf(disk), hostid, ...change };
        const bounds = ['ctrl_loss_tmo=2', 'reconnect_delay=1', 'nr_io_queues=1', 'duplicate_connect'];
        return connectFabrics([...Object.entries(given).map(([name, value]) => `${name}=${value}`), ...bounds]);
      };
      const hostnqn = String(disk.connectionInfo['host_nqn']);
      const other = 'nqn.2014-08.org.nvmexpress:uuid:11111111-1111-4111-8111-111111111111';
      await expect(attempt({ hostnqn })).rejects.toThrow();
      await expect(attempt({ hostnqn: other, dhchap_secret: secret })).rejects.toThrow();
      await expect(
        attempt({ hostnqn, dhchap_secret: 'DHHC-1:00:ia6zGodOr4SEG0Zzaw398rpY0wqipUWj4jWjUh4HWUz6aQ2n:' }),
      ).rejects.toThrow();
      // Another tenant's volume is at the same address and port, by another link.
      const red = await attach(await addNetwork('red', 102));
      const [away] = await controllersOf(nqnOf(red.disk));
      expect(away?.portal.address.split('%')[0]).toBe(address.split('%')[0]);
      const theirs = away?.portal ?? { address: '', port: '' };
      await expect(
        attempt({ hostnqn, dhchap_secret: secret, traddr: theirs.address, trsvcid: theirs.port }),
      ).rejects.toThrow();
      expect(stateOf(controller?.name ?? '')).toBe('live');
      await nova.detachVolume(red.serverId, red.disk.volumeId);
      await nova.detachVolume(serverId, disk.volumeId);
      await vi.waitUntil(async () => (await leftovers()).length === 0, eventually);
    });

    it('H22: iorcld and the hook are killed and come back under I/O: nothing is noticed', async () => {
      const { serverId, disk } = await attach();
      const before = await controllersOf(nqnOf(disk));
      const writer = await DiskWriter.start(await deviceOf(disk));
      await iorcld.end('SIGKILL');
      await writer.goesOn();
      await iorcld.start();
      await writer.goesOn();
      await hook.end('SIGKILL');
      await hook.start();
      await writer.goesOn();
      expect(await controllersOf(nqnOf(disk))).toEqual(before);
      expect(await api.showAttachment(disk.attachmentId)).toMatchObject({ status: 'attached', fault: null });
      await writer.stop();
      await nova.detachVolume(serverId, disk.volumeId);
      expect(await leftovers()).toEqual([]);
    });

    it('H22: 30 s without the I/O host, which has lost everything, are a pause and not an error, for both volumes of an instance', async () => {
      const { serverId, disk } = await attach();
      const second = await nova.attachVolume(serverId, cloud.addVolume({ sizeGiB: 1 }).id);
      const devices = [await deviceOf(disk), await deviceOf(second)] as const;
      const writers = [await DiskWriter.start(devices[0]), await DiskWriter.start(devices[1])];
      await Promise.all(writers.map((writer) => writer.goesOn()));
      await iorcld.end('SIGKILL');
      await loseIoHost();
      await delay(OUTAGE_MS);
      await iorcld.start();
      await Promise.all(writers.map((writer) => writer.goesOn()));
      for (const writer of writers) await writer.stop();
      expect([await deviceOf(disk), await deviceOf(second)]).toEqual(devices);
      await nova.detachVolume(serverId, second.volumeId);
      await nova.detachVolume(serverId, disk.volumeId);
      expect(await leftovers()).toEqual([]);
    });

    it('H22: after a reboot of the compute host the disk is there before the hook answers anybody', async () => {
      const { serverId, disk } = await attach();
      await hook.end('SIGKILL');
      for (const controller of await controllersOf(nqnOf(disk))) await deleteController(controller);
      await loseComputeHost();
      await hook.start();
      expect(await controllersOf(nqnOf(disk))).toHaveLength(1);
      // What Nova remembers from before is true still.
      const device = await new OsBrick(disk.connectionInfo).connect();
      expect(device).toBe(await deviceOf(disk));
      const writer = await DiskWriter.start(device);
      await writer.goesOn();
      await writer.stop();
      await nova.detachVolume(serverId, disk.volumeId);
      expect(await leftovers()).toEqual([]);
    });

    it('a connection that goes missing is made again, and a detach while the I/O host is away ends it in time', async () => {
      const { serverId, disk } = await attach();
      for (const controller of await controllersOf(nqnOf(disk))) await deleteController(controller);
      await vi.waitUntil(async () => (await controllersOf(nqnOf(disk))).length === 1, eventually);
      // The network is gone, not the I/O host itself.
      using socket = NetlinkSocket.open();
      const bridge = await findLink(socket, `brq${networkId.slice(0, 11)}`);
      await changeLink(socket, bridge?.index ?? 0, { up: false });
      await until(() => !controllersLive(), 'the connection is noticed to be gone');
      await nova.detachVolume(serverId, disk.volumeId);
      await changeLink(socket, bridge?.index ?? 0, { up: true });
      expect(await leftovers()).toEqual([]);

      function controllersLive(): boolean {
        return readdirSync('/sys/class/nvme').some((name) => stateOf(name) === 'live');
      }
    });
  },
);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}
