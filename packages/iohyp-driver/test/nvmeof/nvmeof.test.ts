import { randomUUID } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { controllersOf } from '../../src/backends/nvmeof/nvme-sysfs.ts';
import { Configfs } from '../../src/drivers/nvmet/configfs.ts';
import {
  type ConnectionInfo,
  dhChapSecret,
  type IoHypervisorDriver,
  type Listener,
  type VolumeKey,
} from '../../src/index.ts';
import type { ConformanceVolume } from '../../src/testing/index.ts';
import { formatLuks, ourMappings, writeKey } from '../luks/luks-volume.ts';
import { connectController, disconnectController } from '../nvmet/nvme-client.ts';
import { hasAuthentication, whyNoNvmet } from '../nvmet/nvmet-kernel.ts';
import { NvmetSite } from '../nvmet/nvmet-site.ts';
import { missing } from '../qsd/installed.ts';
import { QsdSite } from '../qsd/qsd-site.ts';

vi.setConfig({ testTimeout: 180_000 });

const MIB = 1024 * 1024;
const KIB = 1024;
const HOST = 'host-1';
const SECRET = '5d'.repeat(32);
const reason = whyNoNvmet() ?? missing('qemu-storage-daemon', 'qemu-io', 'qemu-img', 'cryptsetup');
const credentials = { identity: 'compute-1', secretHex: 'a4'.repeat(32) };

/** A storage array: the kernel's own NVMe target, which offers volumes to one I/O host. */
class Storage implements AsyncDisposable {
  readonly site: NvmetSite;
  readonly instanceId: string = randomUUID();
  readonly listener: Listener;
  readonly #firstId: string = randomUUID();
  #offered = 0;

  private constructor(site: NvmetSite, listener: Listener) {
    this.site = site;
    this.listener = listener;
  }

  static async create(): Promise<Storage> {
    const site = await NvmetSite.create();
    return new Storage(site, await site.newListener());
  }

  get hostNqn(): string {
    return this.site.names.client(this.instanceId, HOST);
  }

  /** Of the subsystem that holds all of its volumes. */
  get nqn(): string {
    return this.site.names.volume({ instanceId: this.instanceId, attachmentId: this.#firstId });
  }

  async offer(
    sizeBytes: number,
  ): Promise<{ volume: ConformanceVolume & { path: string }; connectionInfo: ConnectionInfo }> {
    const volume = await this.site.newVolume(sizeBytes);
    const { listener } = this;
    const uuid = randomUUID();
    await (this.#offered === 0 ? this.#offerFirst(volume, uuid) : this.#addNamespace(volume.path, uuid));
    this.#offered += 1;
    const connectionInfo = {
      driver_volume_type: 'nvmeof',
      target_nqn: this.nqn,
      vol_uuid: uuid,
      portals: [[listener.address, String(listener.port), 'tcp']],
      host_nqn: this.hostNqn,
    };
    return { volume, connectionInfo };
  }

  async #offerFirst({ connectionInfo: plain }: ConformanceVolume, uuid: string): Promise<void> {
    const { driver } = this.site;
    const key = { instanceId: this.instanceId, attachmentId: this.#firstId };
    const connectionInfo = { ...plain, volume_id: uuid };
    await driver.open({ key, connectionInfo, readOnly: false, listener: this.listener });
    await driver.export({ key, exportName: uuid, readOnly: false });
    await driver.grant({ key, identity: HOST, secretHex: SECRET });
  }

  /** As arrays do, and the driver doesn't: another volume in the same subsystem. */
  async #addNamespace(path: string, uuid: string): Promise<void> {
    const configfs = new Configfs('/sys/kernel/config/nvmet');
    const at = ['subsystems', this.nqn, 'namespaces', String(this.#offered + 1)];
    await configfs.make(...at);
    await configfs.writeAnyway(path, ...at, 'device_path');
    await configfs.writeAnyway(uuid, ...at, 'device_uuid');
    await configfs.writeAnyway('1', ...at, 'buffered_io');
    await configfs.writeAnyway('1', ...at, 'enable');
  }

  /** The settings of the I/O host that it offers its volumes to. */
  async settings(directory: string) {
    const secretFile = join(directory, 'nvme-secret');
    await writeFile(secretFile, `${dhChapSecret(SECRET)}\n`);
    const bounds = { controllerLossSeconds: 5, reconnectDelaySeconds: 1, namespaceTimeoutMs: 3_000 };
    const runtimeDirectory = join(directory, 'nvmeof');
    return {
      runtimeDirectory,
      nvmeof: { hostNqn: this.hostNqn, ...(hasAuthentication() ? { secretFile } : {}), runtimeDirectory, ...bounds },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { name } of await controllersOf(this.nqn)) {
      await disconnectController(name);
    }
    await this.site[Symbol.asyncDispose]();
  }
}

interface IoHost extends AsyncDisposable {
  readonly driver: IoHypervisorDriver;
  readonly site: QsdSite;
  readonly runtimeDirectory: string;
  readonly listener: Listener;
}

async function ioHost(storage: Storage): Promise<IoHost> {
  const { nvmeof, runtimeDirectory } = await storage.settings(storage.site.directory);
  const site = await QsdSite.create({ backends: { nvmeof } }, '/dev/shm');
  return {
    site,
    driver: site.driver,
    runtimeDirectory,
    listener: await site.newListener(),
    [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
  };
}

const newKey = (): VolumeKey => ({ instanceId: randomUUID(), attachmentId: randomUUID() });

async function recordsOf({ runtimeDirectory }: IoHost): Promise<readonly string[]> {
  return readdir(runtimeDirectory).catch(() => []);
}

describe.skipIf(reason)(
  `backend nvmeof on the kernel's own target${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    it('H5: what a client of qsd writes arrives at the storage; after close the kernel is connected no more', async () => {
      await using storage = await Storage.create();
      await using host = await ioHost(storage);
      const { driver, listener, site } = host;
      const { volume, connectionInfo } = await storage.offer(8 * MIB);
      const key = newKey();
      const expected = { sizeBytes: 8 * MIB, id: String(connectionInfo['vol_uuid']) };
      const state = await driver.open({ key, connectionInfo, readOnly: false, listener, expected });
      expect(state).toMatchObject({ backend: 'nvmeof', sizeBytes: 8 * MIB });
      expect(await driver.open({ key, connectionInfo, readOnly: false, listener, expected })).toEqual(state);
      const [connected, ...more] = await controllersOf(storage.nqn);
      expect(more).toEqual([]);
      if (hasAuthentication()) {
        const secret = await stat(`/sys/class/nvme/${connected?.name}/dhchap_secret`);
        expect(secret.mode & 0o777, 'the secret is for root alone').toBe(0o600);
      }
      await driver.export({ key, exportName: 'disk', readOnly: false });
      await driver.grant({ key, ...credentials });
      await site.client({ listener, exportName: 'disk', credentials }).write(MIB, 64 * KIB, 0x4e);
      expect(await volume.read(MIB, 64 * KIB)).toEqual(Buffer.alloc(64 * KIB, 0x4e));
      const io = async () => (await driver.stats(key.instanceId))?.volumes[0]?.io;
      expect(await io()).toMatchObject({ writtenBytes: 64 * KIB });
      await driver.unexport(key);
      await driver.close(key);
      expect(await controllersOf(storage.nqn)).toEqual([]);
      expect([...(await site.leftovers()), ...(await recordsOf(host))]).toEqual([]);
    });

    it('H9: of two volumes of a subsystem each is found by its own id; the connection ends with the last one', async () => {
      await using storage = await Storage.create();
      await using host = await ioHost(storage);
      const { driver, site } = host;
      const first = await storage.offer(4 * MIB);
      const one = newKey();
      await driver.open({ key: one, connectionInfo: first.connectionInfo, readOnly: false, listener: host.listener });
      // Younger than the connection.
      const second = await storage.offer(6 * MIB);
      const two = newKey();
      const listener = await site.newListener();
      const state = await driver.open({ key: two, connectionInfo: second.connectionInfo, readOnly: false, listener });
      expect(state.sizeBytes).toBe(6 * MIB);
      expect(await controllersOf(storage.nqn)).toHaveLength(1);
      await driver.close(one);
      expect(await controllersOf(storage.nqn)).toHaveLength(1);
      await driver.close(two);
      expect(await controllersOf(storage.nqn)).toEqual([]);
    });

    it('a portal that does not answer keeps nobody from the volume', async () => {
      await using storage = await Storage.create();
      await using host = await ioHost(storage);
      const { connectionInfo } = await storage.offer(4 * MIB);
      const { address, port } = storage.listener;
      const portals = [
        ['127.0.0.1', 1, 'tcp'],
        [address, port, 'tcp'],
      ];
      const key = newKey();
      const info = { ...connectionInfo, portals };
      const state = await host.driver.open({ key, connectionInfo: info, readOnly: false, listener: host.listener });
      expect(state.sizeBytes).toBe(4 * MIB);
      expect((await controllersOf(storage.nqn)).map(({ portal }) => portal)).toEqual([{ address, port: `${port}` }]);
      await host.driver.close(key);
      expect(await controllersOf(storage.nqn)).toEqual([]);
    });

    it('storage that takes connections and says nothing holds nobody up, and is not connected in the end', async () => {
      await using storage = await Storage.create();
      await using host = await ioHost(storage);
      const { connectionInfo } = await storage.offer(4 * MIB);
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      try {
        const silent = { ...connectionInfo, portals: [['127.0.0.1', port, 'tcp']] };
        const request = { key: newKey(), connectionInfo: silent, readOnly: false, listener: host.listener };
        const opening = host.driver.open(request, { signal: AbortSignal.timeout(5_000) });
        await expect(opening).rejects.toMatchObject({ code: 'aborted' });
        expect([...(await host.site.leftovers()), ...(await recordsOf(host))]).toEqual([]);
      } finally {
        server.close();
      }
      await expect.poll(() => controllersOf(storage.nqn), { timeout: 60_000 }).toEqual([]);
    });

    it('a connection that somebody else made is used, and never ended', async () => {
      await using storage = await Storage.create();
      await using host = await ioHost(storage);
      const { connectionInfo } = await storage.offer(4 * MIB);
      const { address, port } = storage.listener;
      const secret = hasAuthentication() ? dhChapSecret(SECRET) : undefined;
      const uuid = async (): Promise<undefined> => undefined;
      await connectController({ address, port, subsystemNqn: storage.nqn, hostNqn: storage.hostNqn, secret, uuid });
      const before = await controllersOf(storage.nqn);
      const key = newKey();
      await host.driver.open({ key, connectionInfo, readOnly: false, listener: host.listener });
      expect(await controllersOf(storage.nqn)).toEqual(before);
      await host.driver.close(key);
      expect(await controllersOf(storage.nqn)).toEqual(before);
      expect(await recordsOf(host)).toEqual([]);
    });

    it('H10: an unknown namespace, another size or a key that storage refuses is told, and leaves no connection', async () => {
      await using storage = await Storage.create();
      await using host = await ioHost(storage);
      const { connectionInfo } = await storage.offer(4 * MIB);
      const opening = (change: ConnectionInfo, expected = {}): Promise<unknown> => {
        const info = { ...connectionInfo, ...change };
        return host.driver
          .open({ key: newKey(), connectionInfo: info, readOnly: false, listener: host.listener, expected })
          .catch((error: unknown) => error);
      };
      const other = randomUUID();
      expect(await opening({ vol_uuid: other })).toMatchObject({
        code: 'backend_failed',
        message: expect.stringContaining(other),
      });
      expect(await opening({}, { sizeBytes: 5 * MIB })).toMatchObject({ code: 'wrong_volume' });
      if (hasAuthentication()) {
        const secretFile = join(storage.site.directory, 'nvme-secret');
        const wrong = dhChapSecret('00'.repeat(32));
        await writeFile(secretFile, wrong);
        const refused = await opening({});
        // Linux 6.1 sometimes waits a minute for an answer that its peer, which has hung up, will not give.
        expect(refused).toMatchObject({ code: expect.stringMatching(/^(backend_failed|timeout)$/) });
        expect(String(refused)).not.toContain(wrong);
      }
      await expect.poll(() => controllersOf(storage.nqn), { timeout: 90_000 }).toEqual([]);
      expect([...(await host.site.leftovers()), ...(await recordsOf(host))]).toEqual([]);
    });

    it('H22: after kill -9 of the daemon the volume is found again by its id; what is left is removed by close', async () => {
      await using storage = await Storage.create();
      await using host = await ioHost(storage);
      const { driver, listener, site } = host;
      const { connectionInfo } = await storage.offer(4 * MIB);
      const key = newKey();
      await driver.open({ key, connectionInfo, readOnly: false, listener });
      await driver.export({ key, exportName: 'disk', readOnly: false });
      await driver.grant({ key, ...credentials });
      const client = site.client({ listener, exportName: 'disk', credentials });
      await client.write(0, 4 * KIB, 0x29);
      await site.killDataPlane(key.instanceId);
      // As after a reboot of the I/O host, which ends the kernel's connections too.
      for (const { name } of await controllersOf(storage.nqn)) {
        await disconnectController(name);
      }
      await site.anotherDriver().adopt({ instanceId: key.instanceId, listener });
      expect(await client.holds(0, 4 * KIB, 0x29)).toBe(true);
      await site.killDataPlane(key.instanceId);
      await driver.close(key);
      expect(await controllersOf(storage.nqn)).toEqual([]);
      expect([...(await site.leftovers()), ...(await recordsOf(host))]).toEqual([]);
    });

    it('counters end with the path that had counted, and are never less than they were', async () => {
      await using storage = await Storage.create();
      await using host = await ioHost(storage);
      const { driver, listener } = host;
      const { connectionInfo } = await storage.offer(4 * MIB);
      const key = newKey();
      await driver.open({ key, connectionInfo, readOnly: false, listener });
      const io = async () => (await driver.stats(key.instanceId))?.volumes[0]?.io;
      expect(await io()).toBeDefined();
      for (const { name } of await controllersOf(storage.nqn)) {
        await disconnectController(name);
      }
      expect(await io()).toBeUndefined();
      await driver.close(key);
    });

    it('H18: a LUKS 2 volume on NVMe is decrypted between storage and client', async () => {
      await using storage = await Storage.create();
      await using host = await ioHost(storage);
      const { driver, listener, site } = host;
      const { volume, connectionInfo } = await storage.offer(8 * MIB);
      const luks = await writeKey(join(storage.site.directory, 'key'), Buffer.from('a key'));
      await formatLuks(volume.path, 'luks2', luks.file);
      const key = newKey();
      const encrypted = { ...connectionInfo, encrypted: true };
      await driver.open({ key, connectionInfo: encrypted, readOnly: false, listener, willDecrypt: true });
      await driver.interpose({ key, interposers: [{ kind: 'luks', key: luks }] });
      await driver.export({ key, exportName: 'disk', readOnly: false });
      await driver.grant({ key, ...credentials });
      await site.client({ listener, exportName: 'disk', credentials }).write(0, 64 * KIB, 0x6b);
      expect((await readFile(volume.path)).includes(Buffer.alloc(512, 0x6b))).toBe(false);
      await driver.unexport(key);
      await driver.close(key);
      expect(await ourMappings()).toEqual([]);
      expect(await controllersOf(storage.nqn)).toEqual([]);
    });
  },
);
