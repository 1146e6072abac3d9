import { closeSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { CreateAttachmentResponse } from '@iorcl/api';
import { drivers } from '@iorcl/iohyp-driver';
import type { PluggedNetwork, TenantNetwork } from '@iorcl/vlan-netlink';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Harness, type Life, type Reservation } from '../harness.ts';
import { nbd } from '../nbd-access.ts';
import { Lab, whyNoLab } from './lab.ts';
import { NbdDisk } from './nbd-disk.ts';

// Real processes and many starts: what takes seconds alone takes longer beside other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const SIZE_BYTES = 1024 ** 3;
const why = whyNoLab();

describe.skipIf(why !== undefined)(`on a real data plane${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let lab: Lab;
  let harness: Harness;
  let life: Life;
  let compute: PluggedNetwork;
  let cleanup: AsyncDisposableStack;

  beforeEach(async () => {
    cleanup = new AsyncDisposableStack();
    lab = await Lab.open();
    cleanup.defer(() => lab.close());
    harness = new Harness({
      plugs: lab.plugs('io', 'io-1', 'io-networks'),
      driver: drivers.qsd({
        runtimeDirectory: lab.runtimeDirectory,
        backends: { file: { allowedDirectories: [lab.volumesDirectory] } },
      }),
    });
    cleanup.defer(() => harness.end());
    life = harness.start();
  });
  afterEach(() => cleanup.disposeAsync());

  /** An instance on a network of its own, which the compute host has plugged, with one volume. */
  async function tenant(name: string, segmentationId: number, physicalNetwork = 'physnet1'): Promise<Reservation> {
    const networkId = harness.addNetwork(name, { segmentationId, physicalNetwork });
    await lab.addBridge(networkId);
    const network: TenantNetwork = { networkId, type: 'vlan', physicalNetwork, segmentationId };
    compute = await lab.computePlugs.plug({ network, owner: 'test' });
    return harness.reserve(harness.addInstance([networkId]), volume());
  }

  function volume(sizeBytes: number = SIZE_BYTES): string {
    const id = harness.addVolume();
    const path = join(lab.volumesDirectory, id);
    const fd = openSync(path, 'wx');
    ftruncateSync(fd, sizeBytes);
    closeSync(fd);
    harness.cloud.connectionInfo = { driver_volume_type: 'gpfs', device_path: path };
    return id;
  }

  const create = (reservation: Reservation): Promise<CreateAttachmentResponse> =>
    life.attachments.create({ attachmentId: reservation.attachmentId, computeHost: 'compute-1' });

  async function open({ access }: CreateAttachmentResponse, from: PluggedNetwork = compute): Promise<NbdDisk> {
    const disk = await NbdDisk.open(access, lab.computePlugs, from.network, from.interfaceName);
    cleanup.defer(() => disk.close());
    return disk;
  }

  function bytesOf(volumeId: string, count: number): Buffer {
    const fd = openSync(join(lab.volumesDirectory, volumeId), 'r');
    const bytes = Buffer.alloc(count);
    readSync(fd, bytes, 0, count, 0);
    closeSync(fd);
    return bytes;
  }

  /** As after the test: the compute host's own plug is not the I/O host's leftover. */
  async function leftovers(): Promise<readonly string[]> {
    for (const plugged of await lab.computePlugs.list()) {
      await lab.computePlugs.unplug({ network: plugged.network, owner: 'test' });
    }
    return lab.leftovers();
  }

  it('B4, B5, B7: what is written through the tenant’s network is on the volume, and a detach leaves nothing', async () => {
    const reservation = await tenant('blue', 101);
    const disk = await open(await create(reservation));
    await disk.run('write -P 0xab 0 8192');
    await disk.run('flush');
    expect(bytesOf(reservation.volumeId, 8192).every((byte) => byte === 0xab)).toBe(true);
    await disk.close();
    await life.attachments.remove(reservation.attachmentId);
    expect(await leftovers()).toEqual([]);
  });

  it('H14: the same VLAN on two physical networks: one tenant’s compute host can’t reach the other’s export', async () => {
    const blue = await create(await tenant('blue', 101, 'physnet1'));
    const fromBlue = compute;
    const red = await create(await tenant('red', 101, 'physnet2'));
    await open(blue, fromBlue);
    await open(red);
    await expect(open(blue)).rejects.toThrow(/./);
  });

  it('a wrong key is refused', async () => {
    const answer = await create(await tenant('blue', 101));
    const access = nbd(answer);
    const wrong = { ...answer, access: { ...access, tls: { ...access.tls, secretHex: 'cd'.repeat(32) } } };
    await expect(open(wrong)).rejects.toThrow(/qemu-io ended/);
  });

  it('H22: a new start adopts in mid-I/O: the same process serves on, and no request fails', async () => {
    const reservation = await tenant('blue', 101);
    const disk = await open(await create(reservation));
    const before = await lab.daemons();
    let stop = false;
    const io = (async () => {
      let count = 0;
      for (; !stop; count++) await disk.run(`write -P ${count % 256} ${(count % 64) * 4096} 4096`);
      return count;
    })();
    life = harness.start();
    await life.attachments.adoptAll();
    stop = true;
    expect(await io).toBeGreaterThan(0);
    expect(await lab.daemons()).toEqual(before);
    expect(life.attachments.show(reservation.attachmentId).status).toBe('attached');
  });

  it('H22: after a reboot of the I/O host the export comes back with the same address, port and key', async () => {
    const reservation = await tenant('blue', 101);
    const before = await create(reservation);
    const first = await open(before);
    await first.run('write -P 0x5a 0 4096');
    await first.run('flush');
    await first.close();
    await lab.reboot();
    expect(await lab.daemons()).toEqual([]);

    life = harness.start();
    await life.attachments.adoptAll();
    const after = await create(reservation);
    expect(after.access).toEqual(before.access);
    const second = await open(before);
    await second.run('read -P 0x5a 0 4096');
  });

  it('an export whose network was lost under it is never called attached; a detach and a new attach make it whole', async () => {
    const reservation = await tenant('blue', 101);
    await create(reservation);
    lab.loseNetworks();
    life = harness.start();
    await life.attachments.adoptAll();
    expect(life.attachments.show(reservation.attachmentId)).toMatchObject({
      status: 'error',
      fault: { message: expect.stringContaining('listener in the tenant network is false, expected true') },
    });
    await life.attachments.remove(reservation.attachmentId);
    await open(await create(reservation));
  });

  it('H8: while the export is held, a detach that can’t finish is not reported gone; then a repeated one finishes', async () => {
    const reservation = await tenant('blue', 101);
    const disk = await open(await create(reservation));
    await disk.run('write -P 1 0 4096');
    const [pid] = await lab.daemons();
    if (pid === undefined) throw new Error('no data plane');
    process.kill(pid, 'SIGSTOP');
    life = harness.start({ steps: (steps) => steps.map((step) => ({ ...step, timeoutMs: 300 })) });
    await expect(life.attachments.remove(reservation.attachmentId)).rejects.toMatchObject({ code: 'cleanup_failed' });
    expect(life.attachments.show(reservation.attachmentId).status).toBe('error');
    process.kill(pid, 'SIGCONT');

    life = harness.start();
    await life.attachments.remove(reservation.attachmentId);
    await disk.close();
    expect(await leftovers()).toEqual([]);
  });

  it('a file whose size is not the volume’s is never exported, and nothing is left', async () => {
    const reservation = await tenant('blue', 101);
    harness.cloud.volumes.set(reservation.volumeId, {
      ...(await harness.cloud.volume(reservation.volumeId)),
      sizeGiB: 2,
    });
    await expect(create(reservation)).rejects.toMatchObject({ code: 'step_failed' });
    expect(await leftovers()).toEqual([]);
  });

  it('a file outside the allowed directories is refused, and nothing is left', async () => {
    const reservation = await tenant('blue', 101);
    harness.cloud.connectionInfo = { driver_volume_type: 'gpfs', device_path: '/etc/passwd' };
    await expect(create(reservation)).rejects.toMatchObject({ code: 'volume_refused' });
    expect(await leftovers()).toEqual([]);
  });

  it('H21: a storm of attaches and detaches of one instance’s volumes leaves nothing', async () => {
    const first = await tenant('blue', 101);
    const answers = await Promise.allSettled(
      Array.from({ length: 4 }, async () => {
        const id = volume();
        const path = join(lab.volumesDirectory, id);
        const reservation = harness.reserve(first.instanceId, id);
        const connect = harness.cloud.connect.bind(harness.cloud);
        harness.cloud.connect = async (attachmentId, connector) => {
          if (attachmentId === reservation.attachmentId) {
            harness.cloud.connectionInfo = { driver_volume_type: 'gpfs', device_path: path };
          }
          return connect(attachmentId, connector);
        };
        await create(reservation);
        await life.attachments.remove(reservation.attachmentId);
      }),
    );
    expect(answers.map((answer) => (answer.status === 'rejected' ? String(answer.reason) : 'done'))).toEqual(
      Array(4).fill('done'),
    );
    expect(await leftovers()).toEqual([]);
  });
});
