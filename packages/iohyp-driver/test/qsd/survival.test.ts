import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { missing } from './installed.ts';
import { NbdClient } from './nbd-client.ts';
import { QsdSite } from './qsd-site.ts';

const reason = missing('qemu-storage-daemon', 'qemu-io', 'qemu-img');

it.skipIf(reason)(
  'H22: kill -9 of the control plane in mid-I/O: the I/O goes on, and the next one adopts it',
  async () => {
    await using site = await QsdSite.create();
    const volume = await site.newVolume(1024 * 1024);
    const key = { instanceId: randomUUID(), attachmentId: randomUUID() };
    const credentials = { identity: 'compute-1', secretHex: 'c0'.repeat(32) };
    const { runtimeDirectory, volumesDirectory } = site;
    const scene = JSON.stringify({ runtimeDirectory, volumesDirectory, path: volume.path, ...key, ...credentials });
    const program = fileURLToPath(new URL('control-plane.ts', import.meta.url));
    const controlPlane = spawn(process.execPath, ['--conditions=@iorcl/source', program, scene], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [port]: Buffer[] = await once(controlPlane.stdout, 'data');
      const listener = { address: '127.0.0.1', port: Number(port), openSocket: () => Number.NaN };
      const client = new NbdClient({ listener, exportName: 'disk', credentials });
      const writer = await client.keepWriting();

      controlPlane.kill('SIGKILL');
      await once(controlPlane, 'close');
      expect(await writer.goesOn()).toBe(true);

      const state = await site.driver.inspect(key.instanceId);
      expect(state).toMatchObject({
        instanceId: key.instanceId,
        address: '127.0.0.1',
        port: listener.port,
        volumes: [
          { attachmentId: key.attachmentId, exportName: 'disk', sizeBytes: 1024 * 1024, grants: ['compute-1'] },
        ],
      });
      await writer.stop();
      await client.write(512 * 1024, 4096, 0x42);
      expect(await volume.read(512 * 1024, 4096)).toEqual(Buffer.alloc(4096, 0x42));
      await site.driver.unexport(key);
      await site.driver.close(key);
      expect(await site.leftovers()).toEqual([]);
    } finally {
      controlPlane.kill('SIGKILL');
    }
  },
);
