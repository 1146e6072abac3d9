import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HangingFile, whyNoFuse } from './hanging-file.ts';
import { missing } from './installed.ts';
import { QsdSite } from './qsd-site.ts';

const reason = missing('qemu-storage-daemon', 'qemu-io', 'qemu-img', 'umount') ?? whyNoFuse();
const MIB = 1024 * 1024;

describe.skipIf(reason)(`qsd: storage whose server is away${reason === undefined ? '' : ` (${reason})`}`, () => {
  it('bounds a verb that nothing can interrupt; its instance waits for it, others do not, and nothing overlaps', async () => {
    await using site = await QsdSite.create({ verbTimeoutMs: 3_000, undoTimeoutMs: 200 });
    await using file = await HangingFile.create(join(site.directory, 'away'), MIB);
    const key = { instanceId: randomUUID(), attachmentId: randomUUID() };
    const connectionInfo = { driver_volume_type: 'gpfs', device_path: file.path };
    const open = { key, connectionInfo, readOnly: false, listener: await site.newListener() };
    await file.stop();

    const late = { code: 'timeout', retryable: true, safeToRollBack: false, attachmentId: key.attachmentId };
    await expect(site.driver.open(open)).rejects.toMatchObject({
      ...late,
      message: expect.stringContaining("can't be interrupted"),
    });
    const controller = new AbortController();
    const again = site.driver.open(open, { signal: controller.signal });
    controller.abort();
    await expect(again).rejects.toMatchObject({ ...late, code: 'aborted' });
    await expect(site.driver.inspect(key.instanceId)).rejects.toMatchObject({ code: 'timeout' });
    expect(await site.driver.list()).toEqual([]);

    const other = { instanceId: randomUUID(), attachmentId: randomUUID() };
    const { connectionInfo: healthy } = await site.newVolume(MIB);
    const listener = await site.newListener();
    await site.driver.open({ key: other, connectionInfo: healthy, readOnly: false, listener });
    await site.driver.close(other);

    await file.goOn();
    // What the first one began ends now, without having opened anything; this one waits for that.
    await expect.poll(() => site.driver.inspect(key.instanceId).catch(String), { timeout: 20_000 }).toBeUndefined();
    expect(await site.leftovers()).toEqual([]);
    expect(await site.driver.open(open)).toMatchObject({ sizeBytes: MIB });
    await site.driver.close(key);
    expect(await site.leftovers()).toEqual([]);
  });
});
