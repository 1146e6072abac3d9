import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkView } from '@iorcl/api';
import { findProcesses } from '@iorcl/iohyp-driver';
import { OpenStackClient, passwordAuth } from '@iorcl/openstack-client';
import { FakeCloud, SimulatedCompute } from '@iorcl/openstack-client/testing';
import { createBridge, deleteLink, findLink, NamedNamespaces, NetlinkSocket } from '@iorcl/vlan-netlink';
import { whyNoNamespaces } from '@iorcl/vlan-netlink/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attachmentMarked } from '../../src/importers/nbd-block/mark.ts';
import { nbdDevices } from '../../src/importers/nbd-block/nbd-devices.ts';
import { NbdFamily } from '../../src/importers/nbd-block/nbd-family.ts';
import { whyNoKernelNbd } from '../../src/importers/nbd-block/why-no-kernel-nbd.ts';
import { createImporters } from '../../src/importers/registry.ts';
import { IoHostApi } from '../io-host-api.ts';
import { IoHostEnd } from '../io-host-end.ts';
import { importsImpossible } from '../nbd-server.ts';
import { RunningHook } from '../running-hook.ts';

const impossible = importsImpossible() ?? whyNoNamespaces() ?? (await whyNoKernelNbd());
const title = `the running hook with nbd-block${impossible === undefined ? '' : ` (skipped: ${impossible})`}`;
const network: NetworkView = {
  networkId: 'b1ue0000-0000-4000-8000-000000000001',
  type: 'vlan',
  physicalNetwork: 'physnet1',
  segmentationId: 120,
};
const BRIDGE = `brq${network.networkId.slice(0, 11)}`;

// In the initial network namespace, since the kernel's nbd is only there.
describe.skipIf(impossible !== undefined)(title, { timeout: 240_000 }, () => {
  let directory: string;
  let namespaceDirectory: string;
  let cloud: FakeCloud;
  let service: OpenStackClient;
  let end: IoHostEnd;
  let api: IoHostApi;
  let hook: RunningHook;
  let nova: SimulatedCompute;

  beforeEach(async () => {
    directory = mkdtempSync('/dev/shm/iorcl-');
    namespaceDirectory = join(directory, 'netns');
    using socket = NetlinkSocket.open();
    await createBridge(socket, { name: BRIDGE, up: true });
    cloud = await FakeCloud.start({ volumesDirectory: join(directory, 'volumes') });
    service = new OpenStackClient({ auth: passwordAuth(cloud.credentials.service) });
    end = new IoHostEnd({ directory, fresh: { namespaceDirectory, stateDirectory: join(directory, 'io-networks') } });
    api = await IoHostApi.start({ cloud, cinder: service, end, network });
    const port = 18_776;
    hook = new RunningHook({
      directory: join(directory, 'hook'),
      namespaceDirectory,
      cinderEndpoint: cloud.endpoints.blockStorage,
      ioHostEndpoint: api.url,
      authUrl: cloud.authUrl,
      password: cloud.credentials.service.password,
      port,
    });
    nova = new SimulatedCompute({ cloud, host: 'compute-1', cinderEndpoint: `http://127.0.0.1:${port}` });
    // Whatever is made again meanwhile is not made by a look.
    hook.configure('check_interval = 1', 'check_interval = 3600');
  });
  afterEach(async () => {
    await hook.end('SIGKILL');
    await nova.stop();
    for (const importer of createImporters({
      importsDirectory: join(directory, 'hook', 'imports'),
      runtimeDirectory: join(directory, 'hook', 'run'),
      reconnectDelaySeconds: 300,
      allowPrivateMount: true,
      qemuUser: 'root',
    })) {
      for (const attachmentId of await importer.list()) await importer.unimport(attachmentId);
    }
    await end.unexportAll();
    await api[Symbol.asyncDispose]();
    await cloud.stop();
    service.close();
    const named = new NamedNamespaces(namespaceDirectory);
    for (const name of named.list()) named.delete(name);
    using socket = NetlinkSocket.open();
    const bridge = await findLink(socket, BRIDGE);
    if (bridge !== undefined) await deleteLink(socket, bridge.index);
    // Named namespaces need a mount of their own.
    spawnSync('umount', ['--recursive', '--lazy', namespaceDirectory]);
    rmSync(directory, { recursive: true });
  });

  const daemons = () => findProcesses((args) => args[2]?.includes(join(directory, 'hook', 'run')) === true);
  const killDaemons = async () => {
    for (const { pid } of await daemons()) process.kill(pid, 'SIGKILL');
    while ((await daemons()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const marked = async () => (await nbdDevices()).filter(({ backend }) => attachmentMarked(backend) !== undefined);
  const addServer = () => {
    const flavor = cloud.addFlavor({ name: `f-${Math.random()}`, extraSpecs: { 'io:enabled': '1' } });
    return cloud.addServer({ name: 's', flavor, host: 'compute-1' }).id;
  };
  const volumeHolds = (volumeId: string, pattern: Buffer, offset: number): boolean =>
    readFileSync(cloud.volumeFile(volumeId))
      .subarray(offset, offset + pattern.length)
      .equals(pattern);
  const expectNothingLeft = async () => {
    expect(await daemons()).toEqual([]);
    expect(await marked()).toEqual([]);
    const places = ['imports', 'run', 'networks', 'state/imports'].map((name) => join(directory, 'hook', name));
    for (const place of [...places, '/dev/iorcl', namespaceDirectory]) {
      expect(existsSync(place) ? readdirSync(place) : [], place).toEqual([]);
    }
  };

  it('B1 B7 H22: a stock Nova attaches a block device, which outlives hook and storage daemon; nothing is left', async () => {
    await hook.start();
    expect(hook.log).toContain('importer nbd-block is chosen for exports by nbd');
    expect(hook.log).toContain('importer qemu-nbd is not chosen: is only taken when it is named');
    expect(hook.log).toContain('importer fuse is not chosen: nbd-block comes first for nbd');
    const server = addServer();
    const volume = cloud.addVolume({ sizeGiB: 1 });
    const disk = await nova.attachVolume(server, volume.id);
    expect(disk.devicePath).toBe(`/dev/iorcl/${disk.attachmentId}`);
    const pattern = randomBytes(4096);
    await disk.handle?.write(pattern, 0, pattern.length, 8192);
    await disk.handle?.sync();
    expect(volumeHolds(volume.id, pattern, 8192)).toBe(true);

    // The storage daemon dies under I/O: the hook makes it anew at once.
    await disk.handle?.write(pattern, 0, pattern.length, 65_536);
    const [syncing] = [disk.handle?.sync(), await killDaemons()];
    await syncing;
    await disk.handle?.write(pattern, 0, pattern.length, 131_072);
    await disk.handle?.sync();
    expect(volumeHolds(volume.id, pattern, 65_536)).toBe(true);
    expect(volumeHolds(volume.id, pattern, 131_072)).toBe(true);
    expect(hook.log).toContain('its process has ended: it is made again');

    // The hook dies, and later the storage daemon while it is away: the guest waits for the next hook.
    await hook.end('SIGKILL');
    await killDaemons();
    await disk.handle?.write(pattern, 0, pattern.length, 262_144);
    const waiting = disk.handle?.sync();
    await hook.start();
    await waiting;
    expect(volumeHolds(volume.id, pattern, 262_144)).toBe(true);

    await nova.detachVolume(server, volume.id);
    expect(cloud.volume(volume.id)?.status).toBe('available');
    await expectNothingLeft();
  });

  it('H19 H23: after this host was rebooted the path that Nova has leads to the same volume again; its unit’s capabilities are enough', async () => {
    const unit = readFileSync(new URL('../../systemd/iorcl-compute-hook.service', import.meta.url), 'utf8');
    const names = /^CapabilityBoundingSet=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? [];
    const bounds = names.map((name) => `+${name.replace(/^CAP_/, '').toLowerCase()}`).join(',');
    const confined = ['setpriv', '--no-new-privs', `--bounding-set=-all,${bounds}`];
    await hook.start(confined);
    const [server, second] = [addServer(), addServer()];
    const [volume, other] = [cloud.addVolume({ sizeGiB: 1 }), cloud.addVolume({ sizeGiB: 1 })];
    const attached = [await nova.attachVolume(server, volume.id), await nova.attachVolume(second, other.id)];
    await hook.end('SIGKILL');
    for (const { handle } of attached) await handle?.close();
    await killDaemons();
    rmSync(join(directory, 'hook', 'run'), { recursive: true });
    using family = await NbdFamily.open();
    for (const { index } of await marked()) await family?.disconnect(index);
    rmSync('/dev/iorcl', { recursive: true });
    await hook.start(confined);
    const again = [...(await nova.hardReboot(server)), ...(await nova.hardReboot(second))];
    expect(again.map((disk) => disk?.attachmentId)).toEqual(attached.map(({ attachmentId }) => attachmentId));
    const pattern = randomBytes(4096);
    await again[0]?.handle?.write(pattern, 0, pattern.length, 0);
    await again[0]?.handle?.sync();
    expect(volumeHolds(volume.id, pattern, 0)).toBe(true);
    expect(volumeHolds(other.id, pattern, 0)).toBe(false);
    await nova.detachVolume(server, volume.id);
    await nova.detachVolume(second, other.id);
    await expectNothingLeft();
  });
});
