import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { ApiClient } from '@iorcl/api';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const MAIN = join(import.meta.dirname, '../main.ts');
const arguments_ = ['--conditions=@iorcl/source', '--disable-warning=ExperimentalWarning', MAIN];
const noOpenssl = spawnSync('openssl', ['version']).status !== 0;
const LONG = { timeout: 60_000 };

let directory: string;
let child: ChildProcess | undefined;
let log: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'iorcld-reload-'));
  log = '';
});
afterEach(async () => {
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  rmSync(directory, { recursive: true });
});

/** Nobody answers as Keystone, which an iorcld without attachments does not need. */
function configure(changes: Readonly<Record<string, string>> = {}): void {
  const sections: Record<string, Record<string, string>> = {
    DEFAULT: { host: 'io-1', state_directory: join(directory, 'state') },
    api: { bind_port: '0', unix_socket: join(directory, 'iorcld.sock') },
    service_user: { auth_url: 'http://127.0.0.1:9', username: 'u', password: 'sekret', project_name: 's' },
    iohyp: { runtime_directory: join(directory, 'qsd') },
    network: {
      targets: 'p:bridge',
      namespace_directory: join(directory, 'netns'),
      state_directory: join(directory, 'n'),
    },
    reconcile: { interval_seconds: '0' },
  };
  for (const [name, value] of Object.entries(changes)) {
    const [section = '', option = ''] = name.split('.');
    sections[section] = { ...sections[section], [option]: value };
  }
  const text = Object.entries(sections).map(([section, options]) =>
    [`[${section}]`, ...Object.entries(options).map(([option, value]) => `${option} = ${value}`)].join('\n'),
  );
  writeFileSync(join(directory, 'iorcl.conf'), text.join('\n'));
}

async function start(): Promise<void> {
  child = spawn(process.execPath, [...arguments_, '--config-dir', directory], { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  await says(/ ready /);
}

const says = (what: RegExp): Promise<void> =>
  vi.waitFor(() => expect(log).toMatch(what), { timeout: 30_000, interval: 20 });

async function reload(): Promise<void> {
  log = '';
  child?.kill('SIGHUP');
  await says(/reloaded|not reloaded/);
}

function certificate(name: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  const files = ['-keyout', join(directory, 'key.pem'), '-out', join(directory, 'cert.pem')];
  spawnSync('openssl', ['req', '-x509', ...key, '-subj', `/CN=${name}`, ...files]);
}

describe('SIGHUP', LONG, () => {
  it('takes over what can be reloaded, and names what needs a restart', async () => {
    configure();
    await start();
    configure({ 'DEFAULT.log_format': 'json', 'api.requests_per_second': '7', 'DEFAULT.host': 'io-2' });
    await reload();
    expect(log).toMatch(/WARNING .*reload: \[DEFAULT\] host is changed, which needs a restart/);
    expect(log).toMatch(/reload: \[api\] requests_per_second is taken over/);
    expect(log).toMatch(/"message":"reloaded"/);
    const [host] = await new ApiClient({ endpoint: `unix:${join(directory, 'iorcld.sock')}` }).listHosts();
    expect(host?.host).toBe('io-1');
  });

  it('goes on with what it had when the new configuration is wrong', async () => {
    configure();
    await start();
    configure({ 'api.bind_prot': '1' });
    await reload();
    expect(log).toMatch(/not reloaded, all stays as it was: .*unknown option bind_prot/);
    expect(log).not.toContain('sekret');
    child?.kill('SIGTERM');
    await says(/ stopped/);
  });

  it.skipIf(noOpenssl)(
    `serves a renewed certificate to new connections${noOpenssl ? ' (skipped: no openssl)' : ''}`,
    async () => {
      certificate('before');
      const tlsFiles = {
        'api.tls_cert_file': join(directory, 'cert.pem'),
        'api.tls_key_file': join(directory, 'key.pem'),
      };
      configure(tlsFiles);
      await start();
      const port = Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(log)?.[1]);
      const served = (): Promise<unknown> =>
        new Promise((resolve, reject) => {
          // Whose certificate it is, is what is asked here.
          const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
            resolve(socket.getPeerCertificate().subject?.CN);
            socket.destroy();
          });
          socket.once('error', reject);
        });
      expect(await served()).toBe('before');
      certificate('after');
      await reload();
      expect(await served()).toBe('after');
      rmSync(join(directory, 'key.pem'));
      await reload();
      expect(log).toMatch(/not reloaded, all stays as it was: .*tls_key_file = .*ENOENT/);
      expect(await served()).toBe('after');
    },
  );
});

describe('the file that takes the host out of service', LONG, () => {
  it('makes /healthcheck answer 503 as long as it is there', async () => {
    const file = join(directory, 'disabled');
    configure({ 'api.disable_by_file_path': file });
    await start();
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(log)?.[0];
    expect((await fetch(`${url}/healthcheck`)).status).toBe(200);
    writeFileSync(file, '');
    const answer = await fetch(`${url}/healthcheck`);
    expect([answer.status, await answer.text()]).toEqual([503, `disabled: by the file ${file}\n`]);
    rmSync(file);
    expect((await fetch(`${url}/healthcheck`)).status).toBe(200);
  });
});

describe('the command iorcld', LONG, () => {
  const run = (...words: string[]) => spawnSync(process.execPath, [...arguments_, ...words], { encoding: 'utf8' });

  it('--sample-config prints what the README points to', () => {
    const { status, stdout } = run('--sample-config');
    expect(status).toBe(0);
    expect(stdout).toContain('\n[reconcile]\n');
  });
  it('--version is that of the package', () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
    expect(run('--version').stdout).toBe(`iorcld ${version}\n`);
  });
  it('--help names every option', () => {
    expect(run('--help').stdout).toMatch(/--config-file[\s\S]*--config-dir[\s\S]*--sample-config/);
  });
  it('an unknown option ends with status 2', () => {
    const { status, stderr } = run('--confg-file', 'x');
    expect([status, stderr]).toEqual([2, expect.stringContaining('--confg-file')]);
  });
});
