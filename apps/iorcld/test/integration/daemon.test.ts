import { statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { CreateAttachmentResponse } from '@iorcl/api';
import { OpenStackClient, passwordAuth } from '@iorcl/openstack-client';
import { FakeCloud, type NewNetwork } from '@iorcl/openstack-client/testing';
import type { PluggedNetwork } from '@iorcl/vlan-netlink';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nbd } from '../nbd-access.ts';
import { DaemonProcess } from './daemon-process.ts';
import { Lab, whyNoLab } from './lab.ts';
import { NbdDisk } from './nbd-disk.ts';

// Real processes and many starts: what takes seconds alone takes longer beside other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const why = whyNoLab();

describe.skipIf(why !== undefined)(`iorcld as a process${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let lab: Lab;
  let cloud: FakeCloud;
  let daemon: DaemonProcess;
  let compute: PluggedNetwork;
  let cleanup: AsyncDisposableStack;

  beforeEach(async () => {
    cleanup = new AsyncDisposableStack();
    lab = await Lab.open();
    cleanup.defer(() => lab.close());
    cloud = await FakeCloud.start({ volumesDirectory: lab.volumesDirectory });
    cleanup.defer(() => cloud.stop());
    cloud.addFlavor({ name: 'io.small', extraSpecs: { 'io:enabled': '1' } });
    daemon = await DaemonProcess.configure(lab, cloud);
    cleanup.defer(async () => void (await daemon.end('SIGKILL')));
  });
  afterEach(() => cleanup.disposeAsync());

  /** A volume that Nova has reserved for an instance on a network of its own. Answers Cinder's attachment. */
  async function reserve(
    volume: { sizeGiB: number; sizeBytes?: number } = { sizeGiB: 1 },
    facts: Partial<NewNetwork> = {},
  ) {
    const network = cloud.addNetwork({ name: 'blue', physicalNetwork: 'physnet1', segmentationId: 101, ...facts });
    await lab.addBridge(network.id);
    if (network.type === 'vlan') {
      const { id: networkId, type, physicalNetwork, segmentationId } = network;
      compute = await lab.computePlugs.plug({
        network: { networkId, type, physicalNetwork, segmentationId },
        owner: 'test',
      });
    }
    const server = cloud.addServer({ name: 'vm', flavor: 'io.small', networks: [network.id], host: 'compute-1' });
    const { id: volumeId } = cloud.addVolume(volume);
    const nova = new OpenStackClient({ auth: passwordAuth(cloud.credentials.nova) });
    const { id } = await nova.blockStorage.attachments.create({ volumeId, instanceId: server.id, connector: null });
    return {
      id,
      volumeId,
      attach: () => daemon.client.createAttachment({ attachmentId: id, computeHost: 'compute-1' }),
    };
  }

  async function open({ access }: CreateAttachmentResponse): Promise<NbdDisk> {
    const disk = await NbdDisk.open(access, lab.computePlugs, compute.network, compute.interfaceName);
    cleanup.defer(() => disk.close());
    return disk;
  }

  async function leftovers(): Promise<readonly string[]> {
    for (const { network } of await lab.computePlugs.list()) await lab.computePlugs.unplug({ network, owner: 'test' });
    return lab.leftovers();
  }

  it('B4, H20: attaches with the I/O host’s connector in Cinder, detaches, leaves nothing, and stops in order', async () => {
    await daemon.start();
    const { id, attach } = await reserve();
    const answer = await attach();
    expect(cloud.attachments()).toMatchObject([{ id, host: 'io-1' }]);
    const disk = await open(answer);
    await disk.run('write -P 0xab 0 4096');
    await disk.close();

    expect(await daemon.client.listAttachments()).toEqual([answer.attachment]);
    expect(await daemon.client.listHosts()).toMatchObject([
      { binary: 'iorcld', host: 'io-1', state: 'up', attachments: 1 },
    ]);
    await daemon.client.deleteAttachment(id);
    await expect(daemon.client.showAttachment(id)).rejects.toMatchObject({ code: 'attachment_not_found' });
    // Nova's attachment is Nova's to delete.
    expect(cloud.attachments()).toHaveLength(1);
    expect(await leftovers()).toEqual([]);
    expect(await daemon.end('SIGTERM')).toBe(0);
    expect(statSync(join(lab.directory, 'state/journal.sqlite')).mode & 0o777).toBe(0o600);
    expect(daemon.log).toMatch(/ready url=http:\/\/127\.0\.0\.1:\d+/);
    expect(daemon.log).toMatch(/audit: create attachment: done user=iorcl/);
    expect(daemon.log).not.toContain(nbd(answer).tls.secretHex);
  });

  it('H22: killed with -9 in mid-I/O and started again, not one request fails, and the attachment is adopted', async () => {
    await daemon.start();
    const { id, attach } = await reserve();
    const disk = await open(await attach());
    const before = await lab.daemons();
    let stop = false;
    const io = (async () => {
      let count = 0;
      for (; !stop; count++) await disk.run(`write -P ${count % 256} ${(count % 64) * 4096} 4096`);
      return count;
    })();
    await daemon.end('SIGKILL');
    await daemon.start();
    stop = true;
    expect(await io).toBeGreaterThan(0);
    expect(await lab.daemons()).toEqual(before);
    expect(await daemon.client.showAttachment(id)).toMatchObject({ status: 'attached', fault: null });
    expect(daemon.log).toMatch(/adopted attachmentId=/);
    await disk.close();
    await daemon.client.deleteAttachment(id);
    expect(await leftovers()).toEqual([]);
  });

  it('H22: killed together with its data plane, the next start brings the export back as it was', async () => {
    await daemon.start();
    const { attach } = await reserve();
    const before = await attach();
    await daemon.end('SIGKILL');
    await lab.reboot();
    await daemon.start();
    expect((await attach()).access).toEqual(before.access);
    await open(before);
  });

  it('H7: a volume whose file is not as large as Cinder says: the caller is told, nothing is left', async () => {
    await daemon.start();
    const { attach } = await reserve({ sizeGiB: 2, sizeBytes: 1024 ** 3 });
    await expect(attach()).rejects.toMatchObject({
      code: 'step_failed',
      message: expect.stringMatching(/^open failed.*1073741824.*2147483648|^open failed.*2147483648.*1073741824/),
    });
    expect(await daemon.client.listAttachments()).toEqual([]);
    expect(await leftovers()).toEqual([]);
  });

  it('H13: a network without VLAN is refused by name and type before Cinder is told anything', async () => {
    await daemon.start();
    const { attach } = await reserve(undefined, { type: 'vxlan', segmentationId: 101 });
    await expect(attach()).rejects.toMatchObject({
      code: 'network_refused',
      message: expect.stringMatching(/blue.*vxlan/),
    });
    expect(cloud.attachments()).toMatchObject([{ host: undefined }]);
  });

  it.each(['compute', 'network', 'block-storage'] as const)(
    'while %s is away: cloud_unavailable, nothing changed',
    async (service) => {
      await daemon.start();
      const { attach } = await reserve();
      await daemon.client.listHosts();
      await cloud.outage(service, true);
      await expect(attach()).rejects.toMatchObject({ code: 'cloud_unavailable', status: 503 });
      expect(cloud.attachments()).toMatchObject([{ host: undefined }]);
      expect(await leftovers()).toEqual([]);
      await cloud.outage(service, false);
      expect((await attach()).attachment.status).toBe('attached');
    },
  );

  it('a body that is cut off changes nothing, and the daemon goes on', async () => {
    await daemon.start();
    const { hostname, port } = new URL(daemon.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.end(
          'POST /v1/attachments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"atta',
        );
      });
      socket.on('error', () => {}).on('close', () => resolve());
      socket.resume();
    });
    expect(await daemon.client.listAttachments()).toEqual([]);
  });

  it('a bad configuration: status 2, and all that is wrong is said', async () => {
    daemon.write({
      service_user: { auth_url: 'keystone' },
      network: { targets: 'physnet1:magic' },
      iohyp: { drivr: 'qsd' },
    });
    expect(await daemon.run()).toBe(2);
    for (const text of [
      'auth_url = keystone',
      'username is required',
      'physnet1:magic is not',
      'did you mean driver',
    ]) {
      expect(daemon.log).toContain(text);
    }
  });

  it('H9: a journal with attachments of another I/O host: status 2, and what runs is left alone', async () => {
    await daemon.start();
    await (await reserve()).attach();
    await daemon.end('SIGTERM');
    const running = await lab.daemons();
    daemon.change('host = io-1', 'host = io-2');
    expect(await daemon.run()).toBe(2);
    expect(daemon.log).toContain('host = io-2, but the journal holds attachments of I/O host io-1');
    expect(await lab.daemons()).toEqual(running);
  });

  it('H22: a damaged journal is rebuilt from what runs: I/O goes on, the same right is given, and a detach leaves nothing', async () => {
    await daemon.start();
    const { id, attach } = await reserve();
    const before = await attach();
    const disk = await open(before);
    await disk.run('write -P 0xab 0 4096');
    const running = await lab.daemons();
    await daemon.end('SIGTERM');
    writeFileSync(join(lab.directory, 'state/journal.sqlite'), 'x'.repeat(8192));
    await daemon.start();
    await vi.waitFor(async () => expect(await daemon.client.listAttachments()).toHaveLength(1), 30_000);

    expect(await lab.daemons()).toEqual(running);
    await disk.run('read -P 0xab 0 4096');
    expect((await attach()).access).toEqual(before.access);
    expect(daemon.log).toMatch(/journal: rebuilt; the damaged one is .*damaged-/);
    await disk.close();
    await daemon.client.deleteAttachment(id);
    expect(await leftovers()).toEqual([]);
  });

  it('H22: a data plane that is killed is made anew at once, and a client that connects again goes on', async () => {
    await daemon.start();
    const { attach } = await reserve();
    const before = await attach();
    const [killed] = await lab.daemons();
    process.kill(killed ?? 0, 'SIGKILL');
    await vi.waitFor(async () => {
      const [now] = await lab.daemons();
      expect(now).toBeGreaterThan(0);
      expect(now).not.toBe(killed);
      expect(await daemon.client.listAttachments()).toMatchObject([{ status: 'attached', fault: null }]);
    }, 30_000);
    expect((await attach()).access).toEqual(before.access);
    await (await open(before)).run('write -P 0xcd 0 4096');
  });
});
