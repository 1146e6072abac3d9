import { randomUUID } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { mappingName, openMapping } from '../../src/device-mapper/luks-mapping.ts';
import { blockNames } from '../../src/drivers/qsd/identifiers.ts';
import {
  type ConnectionInfo,
  type Listener,
  LocalCommandRunner,
  type LuksKey,
  type QsdDriverOptions,
  type VolumeKey,
} from '../../src/index.ts';
import { attachLoop, noLoopDevice } from '../backends/loop-device.ts';
import { missing } from '../qsd/installed.ts';
import { QsdSite } from '../qsd/qsd-site.ts';
import { formatLuks, ourMappings, whyNoDeviceMapper, writeKey } from './luks-volume.ts';

vi.setConfig({ testTimeout: 120_000 });

/** Not the usual one, which is on an overlay in the kernel lab; nor below /dev, of which daemons have their own. */
const PLACE = '/run';
const MIB = 1024 * 1024;
const KIB = 1024;
const reason =
  whyNoDeviceMapper() ?? missing('cryptsetup', 'qemu-storage-daemon', 'qemu-io', 'qemu-img') ?? (await noLoopDevice());

interface EncryptedDisk extends AsyncDisposable {
  readonly site: QsdSite;
  readonly device: string;
  readonly key: VolumeKey;
  readonly listener: Listener;
  readonly luks: LuksKey;
  readonly connectionInfo: ConnectionInfo;
  stored(): Promise<Buffer>;
}

/** Bytes that no terminal could type. QEMU takes text only. */
const BINARY = Buffer.from('a key\n\0\xff', 'latin1');
const TEXT = Buffer.from('a key\nof two lines');

async function encryptedDisk(
  type: 'luks1' | 'luks2',
  secret = TEXT,
  more: QsdDriverOptions = {},
): Promise<EncryptedDisk> {
  const options = {
    backends: { local: { allowedPrefixes: ['/dev/loop'] }, file: { allowedDirectories: [PLACE] } },
  };
  const site = await QsdSite.create({ ...options, ...more }, PLACE);
  const volume = await site.newVolume(8 * MIB);
  const luks = await writeKey(join(site.directory, 'key'), secret);
  await formatLuks(volume.path, type, luks.file);
  const loop = await attachLoop(volume.path);
  return {
    site,
    device: loop.device,
    key: { instanceId: randomUUID(), attachmentId: randomUUID() },
    listener: await site.newListener(),
    luks,
    connectionInfo: { driver_volume_type: 'local', device_path: loop.device, encrypted: true },
    stored: () => readFile(volume.path),
    async [Symbol.asyncDispose](): Promise<void> {
      await site[Symbol.asyncDispose]();
      for (const name of await ourMappings()) {
        await new LocalCommandRunner().run({ program: 'cryptsetup', args: ['close', name] });
      }
      await loop[Symbol.asyncDispose]();
    },
  };
}

const credentials = { identity: 'compute-1', secretHex: 'c3'.repeat(32) };

describe.skipIf(reason)(`encrypted block devices of driver qsd${reason === undefined ? '' : ` (${reason})`}`, () => {
  it.each(['luks1', 'luks2'] as const)(
    'H18: a %s volume is opened: clients see plaintext, the storage holds ciphertext, and nothing is left',
    async (type) => {
      await using disk = await encryptedDisk(type, type === 'luks2' ? BINARY : TEXT);
      const { site, key, listener, connectionInfo } = disk;
      const { driver } = site;
      await driver.open({ key, connectionInfo, readOnly: false, listener, willDecrypt: true });
      await expect(driver.export({ key, exportName: 'disk', readOnly: false })).rejects.toMatchObject({
        code: 'conflict',
      });
      const interposers = [
        { kind: 'luks', key: disk.luks },
        { kind: 'throttle', iopsTotal: 5000 },
      ] as const;
      const state = await driver.interpose({ key, interposers });
      expect(state.interposers).toEqual(['luks', 'throttle']);
      expect(await driver.interpose({ key, interposers })).toEqual(state);
      expect(await ourMappings()).toHaveLength(type === 'luks2' ? 1 : 0);
      await driver.export({ key, exportName: 'disk', readOnly: false });
      await driver.grant({ key, ...credentials });
      const client = site.client({ listener, exportName: 'disk', credentials });
      expect(await client.sizeBytes()).toBe(state.sizeBytes);
      await client.write(0, 64 * KIB, 0x5a);
      expect(await client.holds(0, 64 * KIB, 0x5a)).toBe(true);
      expect((await disk.stored()).includes(Buffer.alloc(512, 0x5a))).toBe(false);
      await driver.unexport(key);
      await driver.close(key);
      expect([...(await site.leftovers()), ...(await ourMappings())]).toEqual([]);
    },
  );

  it('H18: with the wrong key of a LUKS 2 volume nothing is decrypted, nothing exported, and nothing left', async () => {
    await using disk = await encryptedDisk('luks2');
    const { site, key, listener, connectionInfo } = disk;
    await site.driver.open({ key, connectionInfo, readOnly: false, listener, willDecrypt: true });
    const wrong = await writeKey(join(site.directory, 'wrong'), Buffer.from('a key'));
    const interposing = site.driver.interpose({ key, interposers: [{ kind: 'luks', key: wrong }] });
    await expect(interposing).rejects.toMatchObject({
      code: 'backend_failed',
      message: expect.stringContaining('right key'),
    });
    await expect(site.driver.export({ key, exportName: 'disk', readOnly: false })).rejects.toMatchObject({
      code: 'conflict',
    });
    await site.driver.close(key);
    expect([...(await site.leftovers()), ...(await ourMappings())]).toEqual([]);
  });

  it('H22: a LUKS 2 volume is brought back decrypted after kill -9 of the daemon; close after it leaves nothing', async () => {
    await using disk = await encryptedDisk('luks2');
    const { site, key, listener, connectionInfo, luks } = disk;
    const { driver } = site;
    await driver.open({ key, connectionInfo, readOnly: false, listener, willDecrypt: true });
    await driver.interpose({ key, interposers: [{ kind: 'luks', key: luks }] });
    await driver.export({ key, exportName: 'disk', readOnly: false });
    await driver.grant({ key, ...credentials });
    const client = site.client({ listener, exportName: 'disk', credentials });
    await client.write(0, 4 * KIB, 0x61);
    await site.killDataPlane(key.instanceId);
    await site.anotherDriver().adopt({ instanceId: key.instanceId, listener });
    expect(await client.holds(0, 4 * KIB, 0x61)).toBe(true);
    await site.killDataPlane(key.instanceId);
    expect(await ourMappings()).toHaveLength(1);
    await driver.close(key);
    expect([...(await site.leftovers()), ...(await ourMappings())]).toEqual([]);
  });

  it('H10: a mapping that a crash left before its stage was there is replaced, or closed with the volume', async () => {
    await using disk = await encryptedDisk('luks2');
    const { site, key, listener, connectionInfo, luks } = disk;
    await site.driver.open({ key, connectionInfo, readOnly: false, listener, willDecrypt: true });
    const name = mappingName(blockNames(key.attachmentId).stage(0));
    const leave = async (): Promise<void> =>
      openMapping(
        new LocalCommandRunner(),
        { name, source: disk.device },
        {
          passphrase: await readFile(join(site.directory, 'key')),
          readOnly: false,
          signal: AbortSignal.timeout(30_000),
        },
      );
    await leave();
    const state = await site.driver.interpose({ key, interposers: [{ kind: 'luks', key: luks }] });
    expect(state.interposers).toEqual(['luks']);
    await site.driver.interpose({ key, interposers: [] });
    expect(await ourMappings()).toEqual([]);
    await leave();
    await site.driver.close(key);
    expect([...(await site.leftovers()), ...(await ourMappings())]).toEqual([]);
  });

  it('H23: a confined daemon serves the plaintext of its own volume, and sees no device that another could get', async () => {
    const confinement = { runAs: { uid: 65_534, gid: 65_534 } };
    await using disk = await encryptedDisk('luks2', TEXT, { confinement });
    const { site, key, listener, connectionInfo, luks } = disk;
    const { driver } = site;
    await chmod(site.directory, 0o711);
    await driver.open({ key, connectionInfo, readOnly: false, listener, willDecrypt: true });
    await driver.interpose({ key, interposers: [{ kind: 'luks', key: luks }] });
    await driver.export({ key, exportName: 'disk', readOnly: false });
    await driver.grant({ key, ...credentials });
    const client = site.client({ listener, exportName: 'disk', credentials });
    await client.write(0, 4 * KIB, 0x2c);
    expect(await client.holds(0, 4 * KIB, 0x2c)).toBe(true);
    const [daemon] = await site.daemons();
    const view = ['--mount', '--target', `${daemon?.pid}`, 'find', '/dev', '-type', 'b'];
    expect((await new LocalCommandRunner().run({ program: 'nsenter', args: view })).stdout).toBe('');
    await driver.unexport(key);
    await driver.close(key);
    expect([...(await site.leftovers()), ...(await ourMappings())]).toEqual([]);
  });

  it('H18: LUKS 2 on what is no block device is refused, saying what can be opened', async () => {
    await using disk = await encryptedDisk('luks2');
    const { site, key, listener, luks } = disk;
    const path = join(site.directory, 'a-file');
    await writeFile(path, await disk.stored());
    const connectionInfo = { driver_volume_type: 'gpfs', device_path: path, encrypted: true };
    await site.driver.open({ key, connectionInfo, readOnly: false, listener, willDecrypt: true });
    const interposing = site.driver.interpose({ key, interposers: [{ kind: 'luks', key: luks }] });
    await expect(interposing).rejects.toMatchObject({
      code: 'backend_failed',
      message: expect.stringContaining('block devices (types "local" and "nvmeof")'),
    });
    await expect(site.driver.export({ key, exportName: 'disk', readOnly: false })).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});
