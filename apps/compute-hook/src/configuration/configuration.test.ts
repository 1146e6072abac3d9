import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfiguration } from './configuration.ts';

const MINIMUM = `
[proxy]
cinder_endpoint = http://controller:8776
[iorcl]
endpoint = https://io-1:8790
[service_user]
auth_url = http://controller:5000/v3
username = iorcl
password = secret
project_name = service
[network]
targets = physnet1:bridge, physnet3:ovs:br-phys1@tcp:127.0.0.1:6640
`;

describe('configuration', () => {
  let directory: string;
  const load = (text: string) => {
    const file = join(directory, 'compute-hook.conf');
    writeFileSync(file, text);
    return loadConfiguration([file]);
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'iorcl-conf-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('needs only where Cinder, iorcld and Keystone are, and which way leads to the networks', () => {
    const configuration = load(MINIMUM);
    expect(configuration.proxy).toMatchObject({ bind_host: '127.0.0.1', bind_port: 8876 });
    expect(configuration.importer).toMatchObject({ kind: 'auto', reconnect_delay: 300, allow_private_mount: false });
    expect(configuration.network.targets['physnet3']).toEqual({
      kind: 'ovs',
      bridge: 'br-phys1',
      ovsdb: 'tcp:127.0.0.1:6640',
    });
  });

  it('refuses to listen where others could reach it, unless that is said', () => {
    const open = MINIMUM.replace('[proxy]', '[proxy]\nbind_host = 0.0.0.0');
    expect(() => load(open)).toThrow('allow_remote_clients = true');
    expect(load(open.replace('[proxy]', '[proxy]\nallow_remote_clients = true')).proxy.bind_host).toBe('0.0.0.0');
  });

  it('names what is wrong, and never shows the password', () => {
    const wrong = `${MINIMUM}[importer]\nkind = nvme\nreconect_delay = 3\n`.replace(
      'http://controller:8776',
      'controller',
    );
    const attempt = (): unknown => load(wrong);
    expect(attempt).toThrow('cinder_endpoint = controller');
    expect(attempt).toThrow('kind = nvme: expected one of auto, nvme-tcp, nbd-block, qemu-nbd, fuse');
    expect(attempt).toThrow('did you mean reconnect_delay?');
    expect(attempt).not.toThrow('secret');
  });
});
