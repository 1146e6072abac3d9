import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, type Logger } from '@iorcl/service';
import type { Journal } from './journal.ts';

export interface JournalBackupsOptions {
  readonly journal: Journal;
  /** Made with mode 0700: backups hold keys. */
  readonly directory: string;
  readonly intervalHours: number;
  /** How many are kept; older ones are removed. */
  readonly kept: number;
  readonly logger: Logger;
}

const NAME = /^journal-[0-9TZ-]+\.sqlite$/;
const HOUR_MS = 3_600_000;

/** Copies the journal into a directory now and then, while it is being written. */
export class JournalBackups {
  readonly #options: JournalBackupsOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: JournalBackupsOptions) {
    this.#options = options;
  }

  /** The first one at once. */
  start(): void {
    const make = (): void => {
      this.#running = this.make().catch((cause: unknown) =>
        this.#options.logger.error(`the journal is not backed up: ${describeError(cause)}`),
      );
    };
    make();
    this.#timer = setInterval(make, this.#options.intervalHours * HOUR_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Answers the new backup's path. @throws JournalError */
  async make(): Promise<string> {
    const { journal, directory, kept } = this.#options;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const name = `journal-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.sqlite`;
    const half = join(directory, `${name}.part`);
    rmSync(half, { force: true });
    await journal.backup(half);
    renameSync(half, join(directory, name));
    const old = readdirSync(directory)
      .filter((file) => NAME.test(file))
      .sort()
      .slice(0, -kept);
    for (const file of old) rmSync(join(directory, file));
    return join(directory, name);
  }
}
