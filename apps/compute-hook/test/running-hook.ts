import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface HookFiles {
  readonly directory: string;
  readonly namespaceDirectory: string;
  readonly cinderEndpoint: string;
  readonly ioHostEndpoint: string;
  readonly authUrl: string;
  readonly password: string;
  readonly port: number;
}

/** The hook's own program with a configuration file, as an operator runs it. */
export class RunningHook {
  log = '';
  readonly #file: string;
  #process: ChildProcess | undefined;

  constructor(files: HookFiles) {
    const { directory } = files;
    mkdirSync(directory, { recursive: true });
    this.#file = join(directory, 'compute-hook.conf');
    writeFileSync(
      this.#file,
      `[DEFAULT]
host = compute-1
state_directory = ${directory}/state
[proxy]
bind_port = ${files.port}
cinder_endpoint = ${files.cinderEndpoint}
[iorcl]
endpoint = ${files.ioHostEndpoint}
[service_user]
auth_url = ${files.authUrl}
username = iorcl
password = ${files.password}
project_name = service
[importer]
imports_directory = ${directory}/imports
runtime_directory = ${directory}/run
allow_private_mount = true
check_interval = 1
[network]
targets = physnet1:bridge
namespace_directory = ${files.namespaceDirectory}
state_directory = ${directory}/networks
`,
      { mode: 0o600 },
    );
  }

  /** Changes the configuration file. */
  configure(from: string, to: string): void {
    writeFileSync(this.#file, readFileSync(this.#file, 'utf8').replace(from, to));
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /**
   * Resolves with the hook's URL when it says that it is ready.
   *
   * @param under a command that runs the command which follows
   */
  async start(under: readonly string[] = []): Promise<string> {
    const main = new URL('../src/main.ts', import.meta.url).pathname;
    const args = ['--conditions=@iorcl/source', main, '--config-file', this.#file];
    const [program = process.execPath, ...rest] = [...under, process.execPath, ...args];
    const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = child;
    const from = this.log.length;
    return await new Promise((resolve, reject) => {
      child.stderr.on('data', (chunk: Buffer) => {
        this.log += chunk.toString();
        const url = /ready url=(\S+)/.exec(this.log.slice(from))?.[1];
        if (url !== undefined) resolve(url);
      });
      child.once('exit', (code) => reject(new Error(`the hook ended with ${code}: ${this.log}`)));
    });
  }

  /** Ends the hook and answers its exit status, null after SIGKILL. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    return child.exitCode;
  }
}
