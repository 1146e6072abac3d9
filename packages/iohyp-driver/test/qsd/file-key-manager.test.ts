import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileKeyManager, QsdDriver } from '../../src/index.ts';
import { missing } from './installed.ts';
import { QsdSite } from './qsd-site.ts';

const reason = missing('qemu-storage-daemon', 'qemu-io', 'qemu-img', 'cryptsetup');
const KEY_ID = 'b0e1cb34-9a2b-4d5a-8a2b-0123456789ab';
const signal = new AbortController().signal;

describe.skipIf(reason)(`keys by id${reason === undefined ? '' : ` (${reason})`}`, () => {
  it('H18: an encrypted volume is opened with the key that its id names; without it, or with another, it is not', async () => {
    await using site = await QsdSite.create();
    const { connectionInfo, key: luksKey, wrongKey } = await site.newEncryptedVolume();
    const directory = join(site.directory, 'keys');
    await mkdir(directory);
    const [right, wrong] = [luksKey, wrongKey].map((each) => ('file' in each ? each.file : ''));
    await copyFile(right ?? '', join(directory, KEY_ID));
    await copyFile(wrong ?? '', join(directory, 'another'));
    await chmod(join(directory, KEY_ID), 0o600);
    await chmod(join(directory, 'another'), 0o600);
    const driver = new QsdDriver({
      runtimeDirectory: site.runtimeDirectory,
      backends: { file: { allowedDirectories: [site.directory] } },
      keyManager: new FileKeyManager(directory),
    });
    const key = { instanceId: 'instance-1', attachmentId: 'attachment-1' };
    const listener = await site.newListener();
    await driver.open({ key, connectionInfo, readOnly: false, listener, willDecrypt: true });
    const decrypt = (keyManagerId: string) =>
      driver.interpose({ key, interposers: [{ kind: 'luks', key: { keyManagerId } }] });
    await expect(decrypt('another')).rejects.toMatchObject({ code: 'backend_failed' });
    await expect(decrypt('absent')).rejects.toMatchObject({
      code: 'backend_failed',
      message: expect.stringContaining('gave no key absent'),
    });
    await expect(
      site.driver.interpose({ key, interposers: [{ kind: 'luks', key: { keyManagerId: KEY_ID } }] }),
    ).rejects.toThrow('no key manager is configured');
    expect((await decrypt(KEY_ID)).interposers).toEqual(['luks']);
    const records = await readFile(join(site.runtimeDirectory, 'instance-1/volumes/attachment-1.json'), 'utf8');
    expect(records).not.toContain(await readFile(right ?? '', 'utf8'));
  });

  it('a key file that others can read, a link, a directory and a name with a path are refused', async () => {
    await using site = await QsdSite.create();
    const keys = new FileKeyManager(site.directory);
    await writeFile(join(site.directory, 'open'), 'x', { mode: 0o644 });
    await writeFile(join(site.directory, 'closed'), 'secret', { mode: 0o600 });
    await symlink(join(site.directory, 'closed'), join(site.directory, 'link'));
    await mkdir(join(site.directory, 'directory'), { mode: 0o700 });
    await expect(keys.secret('open', { signal })).rejects.toThrow('chmod 600');
    await expect(keys.secret('link', { signal })).rejects.toThrow('ELOOP');
    await expect(keys.secret('directory', { signal })).rejects.toThrow('is no file');
    await expect(keys.secret('../x', { signal })).rejects.toThrow("can't be the name of a file");
    expect(Buffer.from(await keys.secret('closed', { signal })).toString()).toBe('secret');
  });
});
