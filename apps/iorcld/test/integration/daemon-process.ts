import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ApiClient } from '@iorcl/api';
import { OpenStackClient, passwordAuth } from '@iorcl/openstack-client';
import type { FakeCloud } from '@iorcl/openstack-client/testing';
import type { Lab } from './lab.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** An iorcld of its own process, as systemd would start it. */
export class DaemonProcess {
  readonly lab: Lab;
  readonly configurationFile: string;
  readonly logFile: string;
  readonly client: ApiClient;
  readonly url: string;
  #child: ChildProcess | undefined;

  private constructor(lab: Lab, port: number, client: ApiClient) {
    this.lab = lab;
    this.configurationFile = join(lab.directory, 'iorcl.conf');
    this.logFile = join(lab.directory, 'iorcld.log');
    this.url = `http://127.0.0.1:${port}`;
    this.client = client;
  }

  /** Writes the configuration; {@link start} starts it. */
  static async configure(lab: Lab, cloud: FakeCloud): Promise<DaemonProcess> {
    const port = await freePort();
    const user = cloud.credentials.service;
    const caller = new OpenStackClient({ auth: passwordAuth(user) });
    const client = new ApiClient({ endpoint: `http://127.0.0.1:${port}`, token: () => caller.token() });
    const daemon = new DaemonProcess(lab, port, client);
    daemon.write({
      DEFAULT: { host: 'io-1', state_directory: join(lab.directory, 'state') },
      api: { bind_port: port },
      service_user: {
        auth_url: user.authUrl,
        username: user.username,
        password: user.password,
        project_name: user.projectName,
      },
      iohyp: { runtime_directory: lab.runtimeDirectory, file_directories: lab.volumesDirectory },
      network: {
        targets: 'physnet1:bridge, physnet2:bridge',
        namespace_directory: lab.namespaces.namespaceDirectory,
        state_directory: lab.networksDirectory,
      },
    });
    return daemon;
  }

  get log(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
  }

  write(sections: Readonly<Record<string, Readonly<Record<string, string | number>>>>): void {
    const text = Object.entries(sections).map(([section, options]) =>
      [`[${section}]`, ...Object.entries(options).map(([option, value]) => `${option} = ${value}`)].join('\n'),
    );
    writeFileSync(this.configurationFile, `${text.join('\n')}\n`, { mode: 0o600 });
  }

  /** Changes the configuration file. */
  change(from: string, to: string): void {
    writeFileSync(this.configurationFile, readFileSync(this.configurationFile, 'utf8').replace(from, to));
  }

  /** Resolves when `/healthcheck` says OK, and what the last run left has been verified. */
  async start(): Promise<void> {
    const before = this.#verified();
    const ended = this.run();
    for (;;) {
      const answer = await fetch(`${this.url}/healthcheck`).catch(() => undefined);
      if (answer?.status === 200 && this.#verified() > before) return;
      const status = await Promise.race([ended, setTimeout(50, undefined)]);
      if (status !== undefined) throw new Error(`iorcld ended with ${status}: ${this.log}`);
    }
  }

  #verified(): number {
    return this.log.split(' verified ').length;
  }

  /** Starts it; answers its exit status (or signal) when it has ended. */
  run(): Promise<number | string> {
    const log = openSync(this.logFile, 'a');
    const child = spawn(
      process.execPath,
      ['--conditions=@iorcl/source', MAIN, '--config-file', this.configurationFile],
      {
        stdio: ['ignore', log, log],
      },
    );
    closeSync(log);
    this.#child = child;
    return new Promise((resolve) => child.once('exit', (status, signal) => resolve(status ?? signal ?? 'unknown')));
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | string | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
    const ended = new Promise<number | string | null>((resolve) =>
      child.once('exit', (status, how) => resolve(status ?? how)),
    );
    child.kill(signal);
    return ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
