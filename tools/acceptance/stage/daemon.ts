import { type Program, startDaemon } from '../../demo/program.ts';

export interface DaemonOptions {
  readonly main: string;
  readonly logFile: string;
  readonly healthUrl: string;
  /** Writes its configuration file and answers the file's path. */
  readonly configure: () => string;
}

/** One of our daemons, as a service manager would keep it. */
export class Daemon {
  readonly #options: DaemonOptions;
  #program: Program | undefined;

  constructor(options: DaemonOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { configure, ...options } = this.#options;
    this.#program = await startDaemon({ ...options, configurationFile: configure() });
  }

  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.#program?.end(signal);
    this.#program = undefined;
  }

  async restart(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.end(signal);
    await this.start();
  }
}
