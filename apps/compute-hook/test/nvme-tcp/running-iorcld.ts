import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface IorcldFiles {
  readonly directory: string;
  readonly volumesDirectory: string;
  readonly authUrl: string;
  readonly password: string;
  readonly port: number;
}

/** iorcld's own program with driver `nvmet`, as an operator of an I/O host runs it. */
export class RunningIorcld {
  log = '';
  readonly url: string;
  readonly #file: string;
  #process: ChildProcess | undefined;

  constructor({ directory, volumesDirectory, authUrl, password, port }: IorcldFiles) {
    this.url = `http://127.0.0.1:${port}`;
    mkdirSync(directory, { recursive: true });
    this.#file = join(directory, 'iorcl.conf');
    writeFileSync(
      this.#file,
      `[DEFAULT]
host = io-1
state_directory = ${directory}/state
[api]
bind_port = ${port}
[service_user]
auth_url = ${authUrl}
username = iorcl
password = ${password}
project_name = service
[iohyp]
driver = nvmet
runtime_directory = ${directory}/nvmet
file_directories = ${volumesDirectory}
[network]
targets = physnet1:bridge
site = io
namespace_directory = ${directory}/netns
state_directory = ${directory}/networks
[reconcile]
interval_seconds = 0
`,
      { mode: 0o600 },
    );
  }

  /** Resolves when what was attached before is verified. */
  async start(): Promise<void> {
    const main = new URL('../../../iorcld/src/main.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, ['--conditions=@iorcl/source', main, '--config-file', this.#file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    const from = this.log.length;
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (chunk: Buffer) => {
        this.log += chunk.toString();
        if (/ verified /.test(this.log.slice(from))) resolve();
      });
      child.once('exit', (code) => reject(new Error(`iorcld ended with ${code}: ${this.log}`)));
    });
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}
