import { randomUUID } from 'node:crypto';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LocalCommandRunner, QsdDriver, type QsdDriverOptions } from '../../src/index.ts';
import { CertificateAuthority } from './certificates.ts';
import { missing } from './installed.ts';
import { QsdSite } from './qsd-site.ts';

const runner = new LocalCommandRunner();
const reason = missing('qemu-storage-daemon', 'qemu-io', 'openssl');
const secretHex = '00'.repeat(32);

async function siteOf(authority: CertificateAuthority, clientName?: string): Promise<QsdSite> {
  await authority.issue('server', '/CN=io-host', 'IP:127.0.0.1');
  const certificates: NonNullable<QsdDriverOptions['certificates']> = {
    caFile: authority.path('ca.pem'),
    certificateFile: authority.path('server.pem'),
    keyFile: authority.path('server.key'),
    ...(clientName === undefined ? {} : { clientName }),
  };
  return QsdSite.create({ certificates });
}

async function exported(site: QsdSite) {
  const volume = await site.newVolume(1024 * 1024);
  const key = { instanceId: randomUUID(), attachmentId: randomUUID() };
  const listener = await site.newListener();
  await site.driver.open({ key, connectionInfo: volume.connectionInfo, readOnly: false, listener });
  await site.driver.export({ key, exportName: 'disk', readOnly: false });
  /** What qemu-io says when it writes with this certificate, or without any. */
  const write = async (authority: CertificateAuthority, name?: string): Promise<string> => {
    const directory = join(site.directory, randomUUID());
    await mkdir(directory);
    await copyFile(authority.path('ca.pem'), join(directory, 'ca-cert.pem'));
    if (name !== undefined) {
      await copyFile(authority.path(`${name}.pem`), join(directory, 'client-cert.pem'));
      await copyFile(authority.path(`${name}.key`), join(directory, 'client-key.pem'));
    }
    const tls = ['--object', `tls-creds-x509,id=tls,endpoint=client,dir=${directory}`];
    const image = `driver=nbd,host=127.0.0.1,port=${listener.port},export=disk,tls-creds=tls`;
    const args = [...tls, '-c', 'write -P 0x51 0 4096', '-c', 'flush', '--image-opts', image];
    return runner
      .run({ program: 'qemu-io', args }, { okExitCodes: [0, 1] })
      .then(({ stdout, stderr }) => stdout + stderr);
  };
  return { volume, key, listener, write };
}

describe.skipIf(reason)(`qsd with certificates instead of keys${reason === undefined ? '' : ` (${reason})`}`, () => {
  it('lets in the client whose certificate carries a granted name, from the grant to the revocation, also after a crash', async () => {
    await using authority = await CertificateAuthority.create();
    await authority.issue('host-1', '/CN=host-1');
    await using site = await siteOf(authority);
    const { volume, key, listener, write } = await exported(site);
    expect(await write(authority, 'host-1'), 'before the grant').not.toContain('wrote 4096/4096');
    const state = await site.driver.grant({ key, identity: 'host-1', secretHex });
    expect(state.grants).toEqual(['host-1']);
    expect(await write(authority, 'host-1')).toContain('wrote 4096/4096');
    expect(await volume.read(0, 4096)).toEqual(Buffer.alloc(4096, 0x51));
    await site.killDataPlane(key.instanceId);
    // Keys are configured by now: this instance's clients have what they had.
    const keys = new QsdDriver({
      runtimeDirectory: site.runtimeDirectory,
      backends: { file: { allowedDirectories: [site.directory] } },
    });
    await keys.adopt({ instanceId: key.instanceId, listener });
    expect(await write(authority, 'host-1')).toContain('wrote 4096/4096');
    await site.driver.revoke(key, 'host-1');
    expect(await write(authority, 'host-1'), 'after the revocation').not.toContain('wrote 4096/4096');
    await site.driver.unexport(key);
    await site.driver.close(key);
    expect(await site.leftovers()).toEqual([]);
  });

  it('lets in nobody else: another name, another authority, no certificate', async () => {
    await using authority = await CertificateAuthority.create();
    await using other = await CertificateAuthority.create();
    await authority.issue('host-2', '/CN=host-2');
    await other.issue('host-1', '/CN=host-1');
    await copyFile(authority.path('ca.pem'), other.path('ca.pem'));
    await using site = await siteOf(authority);
    const { key, write } = await exported(site);
    await site.driver.grant({ key, identity: 'host-1', secretHex });
    expect(await write(authority, 'host-2')).not.toContain('wrote 4096/4096');
    expect(await write(other, 'host-1')).not.toContain('wrote 4096/4096');
    expect(await write(authority)).not.toContain('wrote 4096/4096');
  });

  it('a site whose certificates carry more than a common name says how', async () => {
    await using authority = await CertificateAuthority.create();
    await authority.issue('host-1', '/O=Example/CN=host-1');
    await using site = await siteOf(authority, 'O=Example,CN={identity}');
    const { key, write } = await exported(site);
    expect((await site.driver.grant({ key, identity: 'host-1', secretHex })).grants).toEqual(['host-1']);
    expect(await write(authority, 'host-1')).toContain('wrote 4096/4096');
    expect(
      () => new QsdDriver({ certificates: { caFile: '', certificateFile: '', keyFile: '', clientName: 'CN=x' } }),
    ).toThrow('{identity}');
  });

  it('a certificate that can not be read is named, and nothing is left', async () => {
    const certificates = { caFile: '/nonexistent/ca.pem', certificateFile: '/x', keyFile: '/x' };
    await using site = await QsdSite.create({ certificates });
    await expect(exported(site)).rejects.toMatchObject({ message: expect.stringContaining('certificates.caFile') });
    expect(await site.leftovers()).toEqual([]);
  });
});
