import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareBackend } from './registry.ts';

const rbd = {
  driver_volume_type: 'rbd',
  name: 'volumes/volume-1',
  hosts: ['192.0.2.1', '[2001:db8::1]'],
  ports: ['6789', 6790],
  auth_enabled: true,
  auth_username: 'cinder',
  cluster_name: 'ceph',
  secret_uuid: 'irrelevant',
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'iorcl-backends-'));
  await writeFile(join(directory, 'ceph.conf'), '[global]\n');
});
afterEach(() => rm(directory, { recursive: true }));

const prepare = (connectionInfo: Record<string, unknown>, keyring?: string) =>
  prepareBackend(connectionInfo, {
    rbd: { configurationDirectory: directory, ...(keyring === undefined ? {} : { keyring }) },
  });

describe('backend for a connection_info', () => {
  it.each(['iser', 'nvmeof', 'fibre_channel', ''])('H5: type "%s" is refused with the known types', async (type) => {
    await expect(prepare({ driver_volume_type: type })).rejects.toMatchObject({ code: 'bad_connection_info' });
  });

  it('H5: the refusal of an unknown type names it and the known ones', async () => {
    const known = '"gpfs", "iscsi", "local", "nbd", "nfs", "nvmeof", "rbd"';
    const message = `connection_info of type "vscsi": no backend opens this type; known types are ${known}`;
    await expect(prepare({ driver_volume_type: 'vscsi' })).rejects.toMatchObject({ message });
  });

  it('H5: a type that only the kernel can connect is refused with what to do', async () => {
    await expect(prepare({ driver_volume_type: 'fibre_channel' })).rejects.toThrow('hand it over as "local"');
  });

  it('H5: a snapshot of an RBD image is opened for reading only', async () => {
    const { backend, readOnly } = await prepare({ ...rbd, name: 'volumes/volume-1@backup' });
    expect(readOnly).toBe(true);
    expect(backend).toMatchObject({
      identity: 'rbd:ceph:volumes/volume-1@backup',
      blockdev: { image: 'volume-1', snapshot: 'backup' },
    });
  });

  it('H18: an encrypted volume is refused unless somebody says that it will be decrypted, and the other way round', async () => {
    const refusal = { code: 'bad_connection_info', message: expect.stringContaining('ciphertext') };
    await expect(prepare({ ...rbd, encrypted: true })).rejects.toMatchObject(refusal);
    const settings = { rbd: { configurationDirectory: directory } };
    await expect(prepareBackend(rbd, settings, { willDecrypt: true })).rejects.toThrow('encrypted is not true');
    await prepareBackend({ ...rbd, encrypted: true }, settings, { willDecrypt: true });
  });

  it('H5: an RBD image is opened as Cinder names it, each monitor with its port', async () => {
    const { backend } = await prepare(rbd);
    expect(backend).toMatchObject({
      kind: 'rbd',
      identity: 'rbd:ceph:volumes/volume-1',
      secrets: [],
      blockdev: {
        driver: 'rbd',
        pool: 'volumes',
        image: 'volume-1',
        user: 'cinder',
        conf: join(directory, 'ceph.conf'),
        server: [
          { host: '192.0.2.1', port: '6789' },
          { host: '2001:db8::1', port: '6790' },
        ],
        'auth-client-required': ['cephx'],
      },
    });
  });

  it.each([
    [{ name: undefined }, 'name is missing, expected pool/image'],
    [{ name: 'image' }, 'name is "image", expected pool/image'],
    [{ name: 'pool/image@' }, 'expected pool/image or pool/image@snapshot'],
    [{ name: 'pool/space/image' }, 'without namespace'],
    [{ name: 'pool/image:conf=/tmp/evil' }, 'expected pool/image'],
    [{ hosts: '192.0.2.1' }, 'hosts is "192.0.2.1", expected a list of host names'],
    [{ hosts: ['a b', 'c'] }, 'hosts.0 is "a b", expected a host name or address'],
    [{ ports: ['6789', 'x'] }, 'ports.1 is "x", expected a port number'],
    [{ ports: ['6789', '70000'] }, 'ports.1 is "70000", expected a port number'],
    [{ ports: ['6789'] }, 'ports is ["6789"], expected as many ports as hosts'],
    [{ auth_enabled: 'yes' }, 'auth_enabled is "yes", expected true or false'],
    [{ auth_username: null }, 'auth_username is null, expected a Ceph client name'],
    [{ cluster_name: '../x' }, 'cluster_name is "../x", expected a Ceph cluster name'],
  ])('H5: a field of an RBD volume that is missing or wrong is named with its value: %j', async (change, message) => {
    const refusal = { code: 'bad_connection_info', message: expect.stringContaining(message) };
    await expect(prepare({ ...rbd, ...change })).rejects.toMatchObject(refusal);
  });

  it('a cluster without configuration on this host is refused, naming the file', async () => {
    const refusal = { code: 'backend_failed', message: expect.stringContaining(join(directory, 'other.conf')) };
    await expect(prepare({ ...rbd, cluster_name: 'other' })).rejects.toMatchObject(refusal);
  });

  it("a configured keyring gives the user's key, and the key is in no message or option", async () => {
    const keyring = join(directory, 'keyring');
    await writeFile(
      keyring,
      '[client.admin]\n\tkey = QURNSU4=\n[client.cinder]\n\tkey = Q0lOREVS\n\tcaps mon = "allow r"\n',
    );
    const { backend } = await prepare(rbd, keyring);
    expect(backend.secrets).toEqual([{ option: 'key-secret', base64: 'Q0lOREVS' }]);
    expect(JSON.stringify([backend.blockdev, backend.identity, backend.description])).not.toContain('Q0lOREVS');
    const refusal = { code: 'backend_failed', message: expect.stringContaining('client.glance') };
    await expect(prepare({ ...rbd, auth_username: 'glance' }, keyring)).rejects.toMatchObject(refusal);
    await expect(prepare(rbd, join(directory, 'absent'))).rejects.toMatchObject({ code: 'backend_failed' });
  });
});
