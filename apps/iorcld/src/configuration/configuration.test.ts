import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '@iorcl/service';
import { afterAll, describe, expect, it } from 'vitest';
import { type IorcldConfiguration, loadConfiguration } from './configuration.ts';
import { machineConnector } from './connector.ts';

const directory = mkdtempSync(join(tmpdir(), 'iorcld-conf-'));
afterAll(() => rmSync(directory, { recursive: true }));

const minimal = `[service_user]
auth_url = http://keystone:5000
username = iorcl
password = s3cret
project_name = service
`;

function load(text: string): IorcldConfiguration {
  const file = join(directory, 'iorcl.conf');
  writeFileSync(file, text);
  return loadConfiguration([file]);
}

function problems(text: string): readonly string[] {
  try {
    load(text);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

it('needs a service user and a way to the tenants’ networks; the rest has defaults', () => {
  const configuration = load(`${minimal}[network]\ntargets = physnet1:vlan:eth1\n`);
  expect(configuration).toMatchObject({
    DEFAULT: { state_directory: '/var/lib/iorcl', log_format: 'text' },
    api: { bind_host: '127.0.0.1', bind_port: 8790 },
    iohyp: { driver: 'qsd', file_directories: [] },
    network: { ports: { first: 10809, last: 11832 } },
  });
  expect(problems('')).toEqual(
    expect.arrayContaining(['[service_user] auth_url is required', '[network] targets is required']),
  );
});

it('H16: each physical network has its own way', () => {
  const targets =
    'physnet1:bridge, physnet2:vlan:eth1, physnet3:ovs:br-phys1@tcp:127.0.0.1:6640, p4:ovs:br@unix:/run/db.sock';
  expect(load(`${minimal}[network]\ntargets = ${targets}\n`).network.targets).toEqual({
    physnet1: { kind: 'bridge' },
    physnet2: { kind: 'vlan', device: 'eth1' },
    physnet3: { kind: 'ovs', bridge: 'br-phys1', ovsdb: 'tcp:127.0.0.1:6640' },
    p4: { kind: 'ovs', bridge: 'br', ovsdb: 'unix:/run/db.sock' },
  });
});

describe('says what is wrong with', () => {
  const network = '[network]\ntargets = physnet1:bridge\n';
  it.each([
    ['an unknown plug', '[network]\ntargets = physnet1:veth\n', /physnet1:veth is not PHYSNET:bridge/],
    ['a physical network twice', '[network]\ntargets = p:bridge, p:vlan:eth0\n', /p is there twice/],
    ['no target', '[network]\ntargets =\n', /expected at least one/],
    ['ports the wrong way round', `${network}ports = 200-100\n`, /ports = 200-100: expected FIRST-LAST/],
    ['ports that are none', `${network}ports = 1-70000\n`, /expected FIRST-LAST/],
    ['a misspelt option', `${network}[api]\nbind_prot = 1\n`, /did you mean bind_port/],
    [
      'keys handed out in the clear',
      `${network}[api]\nbind_host = 0.0.0.0\n`,
      /0\.0\.0\.0 is not a loopback address.*tls_cert_file/,
    ],
    ['half a certificate', `${network}[api]\ntls_cert_file = /x\n`, /belong together/],
    ['a relative directory', `${network}[iohyp]\nfile_directories = /a, b\n`, /b: expected an absolute path/],
  ])('%s', (_, text, message) => {
    expect(problems(minimal + text).join('\n')).toMatch(message);
  });

  it('plain HTTP beyond this machine is possible where it is asked for', () => {
    expect(problems(`${minimal}${network}[api]\nbind_host = 0.0.0.0\nallow_plain_http = yes\n`)).toEqual([]);
  });
});

describe('this host’s connector', () => {
  it('comes from the machine’s own files', () => {
    const initiatorName = join(directory, 'initiatorname.iscsi');
    const hostNqn = join(directory, 'hostnqn');
    writeFileSync(initiatorName, '## comment with InitiatorName=wrong\nInitiatorName=iqn.1993-08.org.debian:01:abc\n');
    writeFileSync(hostNqn, 'nqn.2014-08.org.nvmexpress:uuid:1\n');
    expect(machineConnector('io-1', { ip: '192.0.2.1', multipath: false }, { initiatorName, hostNqn })).toMatchObject({
      ...{ host: 'io-1', ip: '192.0.2.1', os_type: 'linux', multipath: false, do_local_attach: false },
      ...{ initiator: 'iqn.1993-08.org.debian:01:abc', nqn: 'nqn.2014-08.org.nvmexpress:uuid:1' },
    });
  });
  it('has no initiator where the machine is none', () => {
    const nowhere = { initiatorName: '/nonexistent', hostNqn: '/nonexistent' };
    const connector = machineConnector('io-1', { multipath: false }, nowhere);
    expect(connector).not.toHaveProperty('initiator');
    expect(connector).not.toHaveProperty('nqn');
  });
});
