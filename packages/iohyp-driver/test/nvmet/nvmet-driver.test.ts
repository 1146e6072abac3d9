import { randomUUID } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { controllersOf } from '../../src/backends/nvmeof/nvme-sysfs.ts';
import { Configfs } from '../../src/drivers/nvmet/configfs.ts';
import { RecordDirectory } from '../../src/drivers/record-directory.ts';
import { dhChapSecret, type Listener, type NvmetDriverOptions, type VolumeKey } from '../../src/index.ts';
import type { ConformanceClient, ConformanceVolume } from '../../src/testing/index.ts';
import { attachLoop, noLoopDevice } from '../backends/loop-device.ts';
import { ourMappings } from '../luks/luks-volume.ts';
import { connectController, disconnectController } from './nvme-client.ts';
import { hasAuthentication, whyNoNvmet } from './nvmet-kernel.ts';
import { NvmetSite } from './nvmet-site.ts';
import type { Served } from './serve-inside.ts';
import { StoppableDevice } from './stoppable-device.ts';
import { run, TenantNetwork } from './tenant-networks.ts';

vi.setConfig({ testTimeout: 120_000 });

const MIB = 1024 * 1024;
const reason = whyNoNvmet();
const authentication = reason === undefined && hasAuthentication();
const credentials = { identity: 'compute-1', secretHex: '1f'.repeat(32) };

interface Scene extends AsyncDisposable {
  readonly site: NvmetSite;
  readonly key: VolumeKey;
  readonly volume: ConformanceVolume & { readonly path: string };
  readonly listener: Listener;
  readonly nqn: string;
  readonly client: ConformanceClient;
  /** From open to grant. */
  serve(volumeId?: string): Promise<void>;
  /** A connection of the test's own, by nvme-cli. */
  connect(secretHex?: string): Promise<string>;
}

async function newScene(options: NvmetDriverOptions = {}): Promise<Scene> {
  const site = await NvmetSite.create(options);
  const key = { instanceId: randomUUID(), attachmentId: randomUUID() };
  const volume = await site.newVolume(4 * MIB);
  const listener = await site.newListener();
  const nqn = site.names.volume(key);
  return {
    site,
    key,
    volume,
    listener,
    nqn,
    client: site.client({ listener, exportName: 'disk', credentials }),
    async serve(volumeId?: string): Promise<void> {
      const connectionInfo = { ...volume.connectionInfo, volume_id: volumeId };
      await site.driver.open({ key, connectionInfo, readOnly: false, listener });
      await site.driver.export({ key, exportName: 'disk', readOnly: false });
      await site.driver.grant({ key, ...credentials });
    },
    connect: (secretHex = credentials.secretHex) =>
      connectController({
        address: listener.address,
        port: listener.port,
        subsystemNqn: nqn,
        hostNqn: site.names.client(key.instanceId, credentials.identity),
        secret: authentication ? dhChapSecret(secretHex) : undefined,
        uuid: async () => undefined,
      }),
    async [Symbol.asyncDispose](): Promise<void> {
      for (const { name } of await controllersOf(nqn)) {
        await disconnectController(name);
      }
      await site[Symbol.asyncDispose]();
    },
  };
}

async function attribute(...path: readonly string[]): Promise<string> {
  return (await readFile(`/sys/class/nvme/${path.join('/')}`, 'utf8').catch(() => '')).trim();
}

/** The path of a controller to its first namespace, such as `nvme0c0n1`. */
async function pathOf(controller: string): Promise<string> {
  const found = await vi.waitUntil(
    async () => (await readdir(`/sys/class/nvme/${controller}`)).find((name) => /^nvme\d+c\d+n\d+$/.test(name)),
    { timeout: 10_000 },
  );
  return `${controller}/${found}`;
}

const eventually = { timeout: 20_000, interval: 50 };

describe.skipIf(reason)(`driver nvmet in the kernel${reason === undefined ? '' : ` (${reason})`}`, () => {
  it('a namespace carries the volume id as UUID and NGUID, also after it was closed and opened again', async () => {
    await using scene = await newScene();
    const volumeId = randomUUID();
    for (let round = 0; round < 2; round += 1) {
      await scene.serve(volumeId);
      const controller = await scene.connect();
      const path = await pathOf(controller);
      expect(await attribute(path, 'uuid')).toBe(volumeId);
      expect(await attribute(path, 'nguid')).toBe(volumeId);
      expect(await attribute(path, 'wwid')).toContain(volumeId);
      await disconnectController(controller);
      await scene.site.driver.unexport(scene.key);
      await scene.site.driver.close(scene.key);
    }
  });

  it.skipIf(!authentication)('a key is rotated while I/O runs: no request fails, no connection ends', async () => {
    await using scene = await newScene();
    await scene.serve();
    const writer = await scene.client.keepWriting();
    const [before] = await controllersOf(scene.nqn);
    const renewed = '2e'.repeat(32);
    await scene.site.driver.grant({ key: scene.key, identity: credentials.identity, secretHex: renewed });
    expect(await writer.goesOn()).toBe(true);
    await expect(scene.connect(credentials.secretHex)).rejects.toThrow();
    // The client is given its new key, and authenticates anew on the connection that it has.
    const name = before?.name ?? '';
    await writeFile(`/sys/class/nvme/${name}/dhchap_secret`, dhChapSecret(renewed));
    expect(await writer.goesOn()).toBe(true);
    expect(await controllersOf(scene.nqn)).toEqual([before]);
    expect(await attribute(name, 'state')).toBe('live');
    // And it comes back with it.
    await writeFile(`/sys/class/nvme/${name}/reset_controller`, '1');
    await vi.waitUntil(async () => (await attribute(name, 'state')) === 'live', eventually);
    expect(await writer.goesOn()).toBe(true);
    await writer.stop();
  });

  it.skipIf(!authentication)('keys are for root alone to read: the kernel itself shows them to everybody', async () => {
    await using scene = await newScene();
    await scene.serve();
    const client = scene.site.names.client(scene.key.instanceId, credentials.identity);
    const key = await stat(`/sys/kernel/config/nvmet/hosts/${client}/dhchap_key`);
    expect(key.mode & 0o777).toBe(0o600);
  });

  it('clients are told at once what their path is worth; requests wait while it is inaccessible', async () => {
    await using scene = await newScene();
    expect(await scene.site.driver.anaState(scene.key.instanceId)).toBeUndefined();
    await scene.serve();
    expect(await scene.site.driver.anaState(scene.key.instanceId)).toBe('optimized');
    const writer = await scene.client.keepWriting();
    const [controller] = await controllersOf(scene.nqn);
    const path = await pathOf(controller?.name ?? '');
    for (const state of ['non-optimized', 'inaccessible', 'optimized'] as const) {
      await scene.site.driver.setAnaState(scene.key.instanceId, state);
      expect(await scene.site.anotherDriver().anaState(scene.key.instanceId)).toBe(state);
      await vi.waitUntil(async () => (await attribute(path, 'ana_state')) === state, eventually);
    }
    expect(await writer.goesOn()).toBe(true);
    await writer.stop();
    await expect(scene.site.driver.setAnaState('nobody', 'optimized')).rejects.toMatchObject({ code: 'not_open' });
  });

  it('H5: a block device is exported; storage that only a process can speak to is refused, saying so', async () => {
    expect(await noLoopDevice()).toBeUndefined();
    await using scene = await newScene({ backends: { local: { allowedPrefixes: ['/dev/loop'] } } });
    await using loop = await attachLoop(scene.volume.path);
    const { site, key, listener } = scene;
    const connectionInfo = { driver_volume_type: 'local', data: { device_path: loop.device } };
    const state = await site.driver.open({ key, connectionInfo, readOnly: false, listener });
    expect(state).toMatchObject({ backend: 'local', sizeBytes: 4 * MIB });
    await site.driver.export({ key, exportName: 'disk', readOnly: false });
    await site.driver.grant({ key, ...credentials });
    await scene.client.write(MIB, 8192, 0x3d);
    const nbd = { driver_volume_type: 'nbd', host: '127.0.0.1', port: 10809, export_name: 'x' };
    const other = { instanceId: key.instanceId, attachmentId: randomUUID() };
    const opening = site.driver.open({ key: other, connectionInfo: nbd, readOnly: false, listener });
    await expect(opening).rejects.toMatchObject({
      code: 'not_supported',
      message: expect.stringContaining('raw files and block devices'),
    });
    await site.driver.unexport(key);
    await site.driver.close(key);
    expect(await site.leftovers()).toEqual([]);
    expect(await scene.volume.read(MIB, 8192)).toEqual(Buffer.alloc(8192, 0x3d));
  });

  it('a verb that hangs in the kernel is bounded: its instance waits for it, and goes on when the storage does', async () => {
    expect(await noLoopDevice()).toBeUndefined();
    const options = {
      backends: { local: { allowedPrefixes: ['/dev/mapper/'] } },
      verbTimeoutMs: 3_000,
      undoTimeoutMs: 200,
    };
    await using scene = await newScene(options);
    await using loop = await attachLoop(scene.volume.path);
    await using device = await StoppableDevice.create(loop.device, 4 * MIB);
    const { site, key, listener } = scene;
    const connectionInfo = { driver_volume_type: 'local', device_path: device.path };
    await site.driver.open({ key, connectionInfo, readOnly: false, listener });
    await site.driver.export({ key, exportName: 'disk', readOnly: false });
    await site.driver.grant({ key, ...credentials });
    const writer = await scene.client.keepWriting();
    await device.stop();
    const late = { code: 'timeout', retryable: true, safeToRollBack: false, attachmentId: key.attachmentId };
    await expect(site.driver.unexport(key)).rejects.toMatchObject(late);
    await expect(site.driver.inspect(key.instanceId)).rejects.toMatchObject({ code: 'timeout' });
    expect(await site.driver.list()).toEqual([key.instanceId]);
    await device.goOn();
    await expect.poll(() => site.driver.unexport(key).then(() => 'done', String), { timeout: 30_000 }).toBe('done');
    await writer.ended;
    await site.driver.close(key);
    expect(await site.leftovers()).toEqual([]);
  });

  it('a namespace of a storage array is connected and exported on, and the connection ends with it', async () => {
    await using array = await newScene();
    await array.serve();
    const { listener: portal, nqn } = array;
    const hostNqn = array.site.names.client(array.key.instanceId, credentials.identity);
    const secretFile = join(array.site.directory, 'secret');
    await writeFile(secretFile, dhChapSecret(credentials.secretHex));
    const runtimeDirectory = join(array.site.directory, 'nvmeof');
    const nvmeof = { hostNqn, runtimeDirectory, controllerLossSeconds: 2, ...(authentication ? { secretFile } : {}) };
    await using scene = await newScene({ backends: { nvmeof } });
    const { site, key, listener } = scene;
    const connectionInfo = {
      driver_volume_type: 'nvmeof',
      target_nqn: nqn,
      vol_uuid: array.key.attachmentId,
      portals: [[portal.address, portal.port, 'tcp']],
    };
    await site.driver.open({ key, connectionInfo, readOnly: false, listener });
    await site.driver.export({ key, exportName: 'disk', readOnly: false });
    await site.driver.grant({ key, ...credentials });
    await scene.client.write(0, 8192, 0x4f);
    expect(await array.volume.read(0, 8192)).toEqual(Buffer.alloc(8192, 0x4f));
    await site.driver.unexport(key);
    await site.driver.close(key);
    expect(await controllersOf(nqn)).toEqual([]);
  });

  it.each([
    [1, 2],
    [4, 3],
  ])(
    'a client that asks for two I/O queues where %d may be had has %d with that for administration',
    async (maxQueues, has) => {
      await using scene = await newScene({ maxQueues });
      await scene.serve();
      const { listener, nqn, site, key } = scene;
      const words = ['nvme', 'connect', '-t', 'tcp', '-a', listener.address, '-s', `${listener.port}`, '-n', nqn];
      const identity = ['-q', site.names.client(key.instanceId, credentials.identity)];
      const secret = authentication ? ['--dhchap-secret', dhChapSecret(credentials.secretHex)] : [];
      await run(...words, ...identity, ...secret, '--nr-io-queues=1', '--nr-write-queues=1', '--ctrl-loss-tmo=2');
      const [controller] = await controllersOf(nqn);
      expect(Number(await attribute(controller?.name ?? '', 'queue_count'))).toBe(has);
    },
  );

  it('H19: a client that is connected sees a new size by itself', async () => {
    await using scene = await newScene();
    await scene.serve();
    const controller = await scene.connect();
    const path = await pathOf(controller);
    await scene.volume.grow?.(8 * MIB);
    await scene.site.driver.resize({ key: scene.key, sizeBytes: 8 * MIB });
    await vi.waitUntil(async () => Number(await attribute(path, 'size')) * 512 === 8 * MIB, eventually);
    expect((await controllersOf(scene.nqn)).map(({ name }) => name)).toEqual([controller]);
  });

  it.each(['luks1', 'luks2'] as const)(
    'H18: a %s volume is decrypted, grows in use, and leaves nothing',
    async (type) => {
      const asked: string[] = [];
      const secret = async (id: string): Promise<Uint8Array> => {
        asked.push(id);
        return readFile(join(site.directory, 'key'));
      };
      await using scene = await newScene({ keyManager: { secret } });
      const { site, key, listener } = scene;
      const { driver } = site;
      const volume = await site.newLuksVolume(type);
      await driver.open({ key, connectionInfo: volume.connectionInfo, readOnly: false, listener, willDecrypt: true });
      const { sizeBytes } = await driver.interpose({
        key,
        interposers: [{ kind: 'luks', key: { keyManagerId: 'secret-1' } }],
      });
      await driver.export({ key, exportName: 'disk', readOnly: false });
      await driver.grant({ key, ...credentials });
      await scene.client.write(0, MIB, 0x73);
      expect((await readFile(volume.path)).includes(Buffer.alloc(512, 0x73))).toBe(false);
      await volume.grow?.(volume.sizeBytes + 4 * MIB);
      const grown = await driver.resize({ key, sizeBytes: volume.sizeBytes + 4 * MIB });
      expect(grown.sizeBytes).toBe(sizeBytes + 4 * MIB);
      expect(await scene.client.sizeBytes()).toBe(grown.sizeBytes);
      expect(await scene.client.holds(0, MIB, 0x73)).toBe(true);
      await driver.unexport(key);
      await driver.close(key);
      expect([...(await site.leftovers()), ...(await ourMappings())]).toEqual([]);
      expect(new Set(asked)).toEqual(new Set(['secret-1']));
    },
  );

  it('H10: a crash between any two steps of putting on the decryption leaves what can be decrypted, and closed', async () => {
    await using scene = await newScene();
    const { site, listener } = scene;
    const volume = await site.newLuksVolume('luks2');
    const interposers = [{ kind: 'luks', key: volume.key }] as const;
    let survived = false;
    for (let steps = 0; !survived; steps += 1) {
      const key = { instanceId: scene.key.instanceId, attachmentId: randomUUID() };
      const { connectionInfo } = volume;
      await site.driver.open({ key, connectionInfo, readOnly: false, listener, willDecrypt: true });
      const crash = dieAfter(steps);
      survived = await site.driver.interpose({ key, interposers }).then(
        () => true,
        () => false,
      );
      crash.restore();
      const driver = site.anotherDriver();
      if (steps % 2 === 0) {
        expect((await driver.interpose({ key, interposers })).interposers).toEqual(['luks']);
      }
      await driver.close(key);
      expect([...(await site.leftovers()), ...(await ourMappings())], `after ${steps} changes`).toEqual([]);
    }
  });

  it.skipIf(!authentication)(
    'a revoked client that is still connected is cut off by unexport, and stays out',
    async () => {
      await using scene = await newScene();
      await scene.serve();
      await scene.connect();
      const { driver } = scene.site;
      await driver.revoke(scene.key, credentials.identity);
      expect(await controllersOf(scene.nqn)).toHaveLength(1);
      await driver.unexport(scene.key);
      await driver.export({ key: scene.key, exportName: 'again', readOnly: false });
      await vi.waitUntil(async () => (await controllersOf(scene.nqn)).length === 0, eventually);
    },
  );

  it('B9: cut off, who has a right comes back and not one of its requests fails; who has none any more stays out', async () => {
    await using scene = await newScene();
    await scene.serve();
    const sibling = { instanceId: scene.key.instanceId, attachmentId: randomUUID() };
    const other = { identity: 'compute-1-sibling', secretHex: '4d'.repeat(32) };
    const { connectionInfo } = await scene.site.newVolume(4 * MIB);
    await scene.site.driver.open({ key: sibling, connectionInfo, readOnly: false, listener: scene.listener });
    await scene.site.driver.export({ key: sibling, exportName: 'sibling', readOnly: false });
    await scene.site.driver.grant({ key: sibling, ...other });
    const beside = await scene.site
      .client({ listener: scene.listener, exportName: 'sibling', credentials: other })
      .keepWriting();
    const { driver, names } = scene.site;
    const staying = { identity: 'compute-2', secretHex: '3c'.repeat(32) };
    await driver.grant({ key: scene.key, ...staying });
    const leaving = await scene.connect();
    const { listener } = scene;
    const writer = await scene.site.client({ listener, exportName: 'disk', credentials: staying }).keepWriting();
    await driver.revoke(scene.key, credentials.identity);
    // As after a restart: nobody tells it the way into the tenant's network.
    await scene.site.anotherDriver().cutOff(scene.key);
    expect(await writer.goesOn()).toBe(true);
    await vi.waitUntil(async () => (await attribute(leaving, 'state')) === '', eventually);
    expect(await writer.goesOn()).toBe(true);
    const [left, ...more] = await controllersOf(scene.nqn);
    expect(more).toEqual([]);
    expect(await attribute(left?.name ?? '', 'hostnqn')).toBe(names.client(scene.key.instanceId, staying.identity));
    await writer.stop();
    expect(await beside.goesOn()).toBe(true);
    await beside.stop();
  });

  it('a client of one volume reaches no other volume of its instance', async () => {
    await using scene = await newScene();
    await scene.serve();
    const { site, listener } = scene;
    const sibling = { instanceId: scene.key.instanceId, attachmentId: randomUUID() };
    const { connectionInfo } = await site.newVolume(4 * MIB);
    await site.driver.open({ key: sibling, connectionInfo, readOnly: false, listener });
    await site.driver.export({ key: sibling, exportName: 'sibling', readOnly: false });
    await expect(site.client({ listener, exportName: 'sibling', credentials }).sizeBytes()).rejects.toThrow();
    expect(await scene.client.sizeBytes()).toBe(4 * MIB);
    const own = { identity: 'compute-1-sibling', secretHex: credentials.secretHex };
    const { nvme } = await site.driver.grant({ key: sibling, ...own });
    expect(nvme).toEqual({
      subsystemNqn: site.names.volume(sibling),
      namespaceUuid: sibling.attachmentId,
      hostNqns: { [own.identity]: site.names.client(sibling.instanceId, own.identity) },
    });
    expect(await site.client({ listener, exportName: 'sibling', credentials: own }).sizeBytes()).toBe(4 * MIB);
  });

  it('with placeholders a client has two namespaces, and what is left of both is nothing', async () => {
    await using scene = await newScene({ placeholders: true });
    await scene.serve();
    const controller = await scene.connect();
    const namespaces = async () =>
      (await readdir(`/sys/class/nvme/${controller}`)).filter((name) => /^nvme\d+c\d+n\d+$/.test(name));
    await vi.waitUntil(async () => (await namespaces()).length === 2, eventually);
    await scene.client.write(0, 8192, 0x2b);
    expect(await scene.volume.read(0, 8192)).toEqual(Buffer.alloc(8192, 0x2b));
    const { driver } = scene.site;
    // As after a restart, and a repetition.
    const again = scene.site.anotherDriver();
    const { connectionInfo } = scene.volume;
    await again.open({ key: scene.key, connectionInfo, readOnly: false, listener: scene.listener });
    expect(await namespaces()).toHaveLength(2);
    await driver.unexport(scene.key);
    await driver.close(scene.key);
    expect(await scene.site.leftovers()).toEqual([]);
  });

  it('discovery shows an instance to its clients, and nothing to a stranger', async () => {
    await using scene = await newScene();
    await scene.serve();
    const { address, port } = scene.listener;
    const discover = (hostNqn: string): Promise<string> =>
      run('nvme', 'discover', '-t', 'tcp', '-a', address, '-s', `${port}`, '-q', hostNqn);
    const client = scene.site.names.client(scene.key.instanceId, credentials.identity);
    expect(await discover(client)).toContain(scene.nqn);
    expect(await discover('nqn.2026-01.org.example:stranger')).not.toContain(scene.nqn);
  });

  it('H17: read-only is refused with what to use instead: the kernel knows no read-only namespace', async () => {
    await using scene = await newScene();
    const { site, key, listener, volume } = scene;
    const opening = site.driver.open({ key, connectionInfo: volume.connectionInfo, readOnly: true, listener });
    await expect(opening).rejects.toMatchObject({
      code: 'not_supported',
      message: expect.stringContaining('use driver qsd'),
    });
    expect(await site.leftovers()).toEqual([]);
  });

  it('H14: the kernel listens inside the tenant network only; another tenant with the same addresses gets nowhere', async () => {
    await using site = await NvmetSite.create();
    await using tenant = await TenantNetwork.create('192.0.2.10/24', '192.0.2.1/24');
    await using other = await TenantNetwork.create('192.0.2.10/24');
    const listener = { ...(await site.newListener()), address: '192.0.2.10', port: 4420 };
    const serve = async (network: TenantNetwork): Promise<VolumeKey> => {
      const key = { instanceId: randomUUID(), attachmentId: randomUUID() };
      const { connectionInfo } = await site.newVolume(4 * MIB);
      const served: Served = {
        options: site.options,
        listener: { address: listener.address, port: listener.port },
        open: { key, connectionInfo, readOnly: false },
        export: { key, exportName: 'disk', readOnly: false },
        grant: { key, ...credentials },
      };
      const script = fileURLToPath(new URL('serve-inside.ts', import.meta.url));
      await network.run(process.execPath, '--conditions=@iorcl/source', script, JSON.stringify(served));
      return key;
    };
    const key = await serve(tenant);
    const listening = ['ss', '-Hltn', 'sport', '=', ':4420'];
    expect(await tenant.run(...listening)).toContain('192.0.2.10:4420');
    expect(await run(...listening)).toBe('');
    expect(await other.run(...listening)).toBe('');

    const connectFrom = (network: TenantNetwork | undefined, to: VolumeKey): Promise<string> => {
      const names = ['-n', site.names.volume(to), '-q', site.names.client(to.instanceId, credentials.identity)];
      const secret = authentication ? ['--dhchap-secret', dhChapSecret(credentials.secretHex)] : [];
      const words = ['nvme', 'connect', '-t', 'tcp', '-a', '192.0.2.10', '-s', '4420', ...names, ...secret];
      return network === undefined ? run(...words) : network.run(...words);
    };
    await expect(connectFrom(other, key)).rejects.toThrow('refused');
    // The other tenant has an export of its own, at the same address.
    const otherKey = await serve(other);
    await expect(connectFrom(other, key)).rejects.toThrow();
    await expect(connectFrom(undefined, otherKey)).rejects.toThrow();
    await connectFrom(undefined, key);
    const nqn = site.names.volume(key);
    const [controller] = await controllersOf(nqn);
    expect(await attribute(controller?.name ?? '', 'state')).toBe('live');
    await disconnectController(controller?.name ?? '');

    // The processes that made all this have ended; the kernel and the records tell the next one.
    expect(await site.driver.inspect(key.instanceId)).toMatchObject({ address: '192.0.2.10', port: 4420 });
    for (const each of [key, otherKey]) {
      await site.driver.unexport(each);
      await site.driver.close(each);
    }
    expect(await tenant.run(...listening)).toBe('');
    expect(await site.leftovers()).toEqual([]);
  });

  it('H10: whatever the last change before a crash was, the next control plane carries on, and cleans up', async () => {
    let survived: number | undefined;
    for (let steps = 0; survived === undefined; steps += 1) {
      await using scene = await newScene();
      const crash = dieAfter(steps);
      try {
        await scene.serve();
        await scene.site.driver.revoke(scene.key, credentials.identity);
        await scene.site.driver.unexport(scene.key);
        await scene.site.driver.close(scene.key);
        survived = steps;
      } catch {
        // As it must: the kernel is out of reach.
      } finally {
        crash.restore();
      }
      const driver = scene.site.anotherDriver();
      const { connectionInfo } = scene.volume;
      const { key, listener } = scene;
      if (steps % 2 === 0) {
        await driver.open({ key, connectionInfo, readOnly: false, listener });
        await driver.export({ key, exportName: 'disk', readOnly: false });
        const state = await driver.grant({ key, ...credentials });
        expect(state, `after ${steps} changes`).toMatchObject({ exportName: 'disk', grants: [credentials.identity] });
        expect(await offered(), `after ${steps} changes`).toContain(scene.nqn);
      }
      await driver.unexport(key);
      await driver.close(key);
      expect(await scene.site.leftovers(), `after ${steps} changes`).toEqual([]);
      expect(await driver.list()).toEqual([]);
    }
    expect(survived).toBeGreaterThan(30);
  });
});

/** Names of subsystems that clients find at any port. */
async function offered(): Promise<readonly string[]> {
  const ports = '/sys/kernel/config/nvmet/ports';
  return (await Promise.all((await readdir(ports)).map((id) => readdir(join(ports, id, 'subsystems'))))).flat();
}

/** Lets so many changes through to kernel and records, and none after: as if the process had died there. */
function dieAfter(steps: number): { restore(): void } {
  let left = steps;
  const step = (): void => {
    left -= 1;
    if (left < 0) {
      throw new Error('crashed');
    }
  };
  const { writeAnyway, make, remove, unlink, linkSync } = Configfs.prototype;
  const { write, remove: forget } = RecordDirectory.prototype;
  const spies = [
    vi.spyOn(Configfs.prototype, 'writeAnyway').mockImplementation(async function (this: Configfs, ...args) {
      step();
      await writeAnyway.apply(this, args);
    }),
    vi.spyOn(Configfs.prototype, 'make').mockImplementation(async function (this: Configfs, ...args) {
      step();
      await make.apply(this, args);
    }),
    vi.spyOn(Configfs.prototype, 'remove').mockImplementation(async function (this: Configfs, ...args) {
      step();
      await remove.apply(this, args);
    }),
    vi.spyOn(Configfs.prototype, 'unlink').mockImplementation(async function (this: Configfs, ...args) {
      step();
      await unlink.apply(this, args);
    }),
    vi.spyOn(Configfs.prototype, 'linkSync').mockImplementation(function (this: Configfs, ...args) {
      step();
      linkSync.apply(this, args);
    }),
    vi.spyOn(RecordDirectory.prototype, 'write').mockImplementation(async function (
      this: RecordDirectory<unknown>,
      ...args
    ) {
      step();
      await write.apply(this, args);
    }),
    vi.spyOn(RecordDirectory.prototype, 'remove').mockImplementation(async function (
      this: RecordDirectory<unknown>,
      ...args
    ) {
      step();
      await forget.apply(this, args);
    }),
  ];
  return {
    restore: () => {
      for (const spy of spies) {
        spy.mockRestore();
      }
    },
  };
}
