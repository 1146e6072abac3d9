import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { FakeCloud, SimulatedCompute } from '@iorcl/openstack-client/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FuseImporter } from '../../apps/compute-hook/src/importers/fuse/fuse-importer.ts';
import { RunningHook } from '../../apps/compute-hook/test/running-hook.ts';
import { DaemonProcess } from '../../apps/iorcld/test/integration/daemon-process.ts';
import { Lab, whyNoLab } from '../../apps/iorcld/test/integration/lab.ts';

// Real processes and many starts: what takes seconds alone takes longer beside other tests.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const why = whyNoLab();

describe.skipIf(why !== undefined)(`iorcld and two hooks${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let cleanup: AsyncDisposableStack;
  let lab: Lab;
  let cloud: FakeCloud;
  let daemon: DaemonProcess;
  beforeEach(async () => {
    cleanup = new AsyncDisposableStack();
    lab = await Lab.open();
    cleanup.defer(() => lab.close());
    cloud = await FakeCloud.start({ volumesDirectory: lab.volumesDirectory });
    cleanup.defer(() => cloud.stop());
    daemon = await DaemonProcess.configure(lab, cloud);
    cleanup.defer(async () => void (await daemon.end('SIGTERM')));
    await daemon.start();
  });
  afterEach(() => cleanup.disposeAsync());

  /** A compute host: a stock Nova whose Cinder is a hook. */
  async function computeHost(name: string, site: string): Promise<SimulatedCompute> {
    const directory = join(lab.directory, name);
    // One of a range of its own in this test's namespace, where nobody else takes ports.
    const port = 18_000 + Number(site.slice(1));
    const hook = new RunningHook({
      ...{ directory, namespaceDirectory: lab.namespaces.namespaceDirectory, port },
      ...{ cinderEndpoint: cloud.endpoints.blockStorage, ioHostEndpoint: daemon.url, authUrl: cloud.authUrl },
      password: cloud.credentials.service.password,
    });
    hook.configure('host = compute-1', `host = ${name}`);
    hook.configure('targets =', `site = ${site}\ntargets =`);
    cleanup.defer(async () => {
      const importer = new FuseImporter({
        importsDirectory: join(directory, 'imports'),
        runtimeDirectory: join(directory, 'run'),
      });
      for (const id of await importer.list()) await importer.unimport(id);
    });
    await hook.start();
    cleanup.defer(async () => void (await hook.end('SIGTERM')));
    const nova = new SimulatedCompute({ cloud, host: name, cinderEndpoint: `http://127.0.0.1:${port}` });
    cleanup.defer(() => nova.stop());
    return nova;
  }

  it('B9: an instance migrates live there and back, reads what it wrote, writes on; H20: Cinder names the I/O host; nothing is left', async () => {
    const [first, second] = [await computeHost('compute-1', 'c1'), await computeHost('compute-2', 'c2')];
    cloud.addFlavor({ name: 'io.small', extraSpecs: { 'io:enabled': '1' } });
    const network = cloud.addNetwork({ name: 'blue', physicalNetwork: 'physnet1', segmentationId: 101 });
    await lab.addBridge(network.id);
    const server = cloud.addServer({ name: 'vm', flavor: 'io.small', networks: [network.id], host: 'compute-1' });
    const { id: volumeId } = cloud.addVolume({ sizeGiB: 1 });
    const disk = await first.attachVolume(server.id, volumeId);
    let written = randomBytes(4096);
    await disk.handle?.write(written, 0, written.length, 0);
    await disk.handle?.sync();
    for (const [from, to] of [
      [first, second],
      [second, first],
    ] as const) {
      cloud.state.nova.updateServer(server.id, { taskState: 'migrating' });
      const [moved] = await from.liveMigrate(server.id, to);
      cloud.state.nova.updateServer(server.id, { taskState: null });
      const read = Buffer.alloc(written.length);
      await moved?.handle?.read(read, 0, read.length, 0);
      expect(read.equals(written)).toBe(true);
      written = randomBytes(4096);
      await moved?.handle?.write(written, 0, written.length, 0);
      await moved?.handle?.sync();
      const attached = await daemon.client.listAttachments();
      expect(attached).toMatchObject([{ computeHost: to.host, status: 'attached' }]);
      expect(cloud.attachments()).toMatchObject([{ host: 'io-1' }]);
    }
    await first.detachVolume(server.id, volumeId);
    expect(cloud.attachments()).toEqual([]);
    expect(await lab.leftovers()).toEqual([]);
  });
});
