import childProcess from 'node:child_process';
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { vi } from 'vitest';
import { QmpClient } from '../../src/index.ts';

const CHANGING_FILES = ['writeFile', 'rename', 'rm', 'rmdir', 'mkdir', 'chown', 'open'] as const;
const LOOKING = /^(query-|qom-get$|qom-list$|qmp_capabilities$)/;

/**
 * A death of this process, or of the daemon, at one place: so many changes are let through, to files below a directory, by
 * starting programs, by commands to the daemon. What comes then:
 *
 * - `control plane`: no further change, whatever is tried, as after kill -9. Dying before a change is all there is: after one
 *   is before the next, and what only looks leaves nothing.
 * - `data plane`: `kill` is run, and the change then is up to whoever is left.
 */
export class CrashPoint {
  /** What was let through, in words. */
  readonly changes: string[] = [];
  reached = false;
  readonly #directory: string;
  readonly #after: number;
  readonly #kill: (() => Promise<void>) | undefined;
  readonly #restore: (() => void)[] = [];

  private constructor(directory: string, after: number, kill: (() => Promise<void>) | undefined) {
    this.#directory = directory;
    this.#after = after;
    this.#kill = kill;
  }

  static ofControlPlane(directory: string, after: number): CrashPoint {
    const point = new CrashPoint(directory, after, undefined);
    point.#watchFiles();
    point.#watchPrograms();
    point.#watchDaemon();
    return point;
  }

  static ofDataPlane(directory: string, after: number, kill: () => Promise<void>): CrashPoint {
    const point = new CrashPoint(directory, after, kill);
    point.#watchDaemon();
    return point;
  }

  /** Everything works again. */
  restore(): void {
    for (const restore of this.#restore) {
      restore();
    }
    syncBuiltinESMExports();
  }

  #step(change: string): void {
    if (this.changes.length >= this.#after) {
      this.reached = true;
      throw new Error(`crashed before: ${change}`);
    }
    this.changes.push(change);
  }

  #watchFiles(): void {
    for (const name of CHANGING_FILES) {
      const real: (...args: never[]) => Promise<unknown> = files[name];
      const watched = async (...args: never[]): Promise<unknown> => {
        const [path, second] = args.map(String);
        const changes = name !== 'open' || second === 'a';
        if (changes && path?.startsWith(this.#directory) === true) {
          this.#step(`${name} ${path.slice(this.#directory.length)}`);
        }
        return real(...args);
      };
      const before = Reflect.get(files, name);
      Reflect.set(files, name, watched);
      this.#restore.push(() => Reflect.set(files, name, before));
    }
    syncBuiltinESMExports();
  }

  #watchPrograms(): void {
    const real: (...args: never[]) => unknown = childProcess.spawn;
    const watched = (...args: never[]): unknown => {
      this.#step(`start ${String(args[0])}`);
      return real(...args);
    };
    Reflect.set(childProcess, 'spawn', watched);
    this.#restore.push(() => Reflect.set(childProcess, 'spawn', real));
    syncBuiltinESMExports();
  }

  #watchDaemon(): void {
    const real = QmpClient.prototype.execute;
    const kill = this.#kill;
    const point = this;
    const spy = vi.spyOn(QmpClient.prototype, 'execute').mockImplementation(async function (this: QmpClient, ...args) {
      const [command] = args;
      if (!LOOKING.test(command)) {
        if (kill === undefined) {
          point.#step(command);
        } else if (point.changes.length < point.#after) {
          point.changes.push(command);
        } else if (!point.reached) {
          point.reached = true;
          await kill();
        }
      }
      return real.apply(this, args);
    });
    this.#restore.push(() => spy.mockRestore());
  }
}
