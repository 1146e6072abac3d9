import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type CommandRunner,
  type DetachedCommand,
  isRunning,
  type ProcessFacts,
  QmpClient,
  startDetached,
} from '@iorcl/iohyp-driver';
import { describeError } from '@iorcl/service';
import * as z from 'zod';
import { ImporterError, type ImportRequest } from '../contract.ts';
import { exists, whyNoSockets } from '../import-directories.ts';
import { type NbdAccess, nbdAccess } from '../nbd-access.ts';
import { daemonCommand, findDaemon, importsExport } from './daemon-command.ts';
import type { DaemonPaths } from './daemon-paths.ts';
import type { DaemonWatch } from './daemon-watch.ts';
import { endDaemon } from './end-daemon.ts';
import { EXPORT_ID, isThere, type Outlet } from './outlet.ts';

export interface StorageDaemonOptions {
  readonly program: string;
  /** How long requests wait for an export that is away before they fail, in seconds. */
  readonly reconnectDelaySeconds: number;
  /** How long it may take until the outlet is there, in milliseconds. */
  readonly startTimeoutMs: number;
  /** How long each way of ending it may take, in milliseconds. */
  readonly stopTimeoutMs: number;
  /** Told of what runs. */
  readonly watch: DaemonWatch;
}

/**
 * The qemu-storage-daemon of one import: it connects to the export inside the tenant's network namespace, by NBD with TLS-PSK,
 * waits out the I/O host's absences, and offers the disk on this host by its outlet. It is in a session of its own, lives on
 * when the hook ends, and is found again by its command line.
 */
export class StorageDaemon {
  readonly paths: DaemonPaths;
  readonly outlet: Outlet;
  readonly #attachmentId: string;
  readonly #options: StorageDaemonOptions;

  constructor(attachmentId: string, paths: DaemonPaths, outlet: Outlet, options: StorageDaemonOptions) {
    this.#attachmentId = attachmentId;
    this.paths = paths;
    this.outlet = outlet;
    this.#options = options;
  }

  /** Whether it runs and offers something now, whatever that is. */
  async offers(): Promise<boolean> {
    return (await findDaemon(this.paths)) !== undefined && (await this.#isServing()) === 'yes';
  }

  /**
   * Whether it runs, and offers this very export.
   *
   * @throws ImporterError `not_answering`: it may well be serving a guest, and is left as it is
   */
  async imports(request: ImportRequest): Promise<boolean> {
    const access = nbdAccess(request.access, this.#attachmentId);
    const running = await findDaemon(this.paths);
    if (running === undefined || !(await this.#isOfThis(running, access, request.interfaceName))) return false;
    const serving = await this.#isServing();
    if (serving === 'yes') await this.#observe();
    if (serving !== 'unknown' || !(await isRunning(running))) return serving === 'yes';
    const message = `Process ${running.pid}, which imports ${where(access)}, does not answer at ${this.paths.qmpSocket}; it is left as it is`;
    throw new ImporterError('not_answering', message, { attachmentId: this.#attachmentId });
  }

  /**
   * Starts it. Nothing of an earlier one may be left; what is left when it fails is for the caller to end.
   *
   * @throws ImporterError `import_failed`
   */
  async start(request: ImportRequest): Promise<void> {
    const access = nbdAccess(request.access, this.#attachmentId);
    const { paths, outlet } = this;
    try {
      await mkdir(paths.directory, { recursive: true, mode: 0o700 });
      await mkdir(paths.keysDirectory, { recursive: true, mode: 0o700 });
      await writeFile(paths.keysFile, keysOf(access), { mode: 0o600 });
      const command = daemonCommand(paths, outlet, access, request.interfaceName, this.#options);
      // The fork happens inside the namespace, at once; what follows it does not have to.
      const { started } = request.runInside(() => ({ started: startDetached(command, { logFile: paths.log }) }));
      await this.#served(access, await started);
      await this.#observe();
    } catch (cause) {
      if (cause instanceof ImporterError) throw cause;
      const message = `Importing ${where(access)} failed: ${describeError(cause)}`;
      throw new ImporterError('import_failed', message, { attachmentId: this.#attachmentId, cause });
    }
  }

  /** Ends it, by force if need be. Answers the process that is still there after all bounded attempts, in words. */
  async end(): Promise<string | undefined> {
    const running = await findDaemon(this.paths);
    if (running === undefined) return undefined;
    await endDaemon(running, this.paths, this.#options.stopTimeoutMs);
    const still = await findDaemon(this.paths);
    return still === undefined ? undefined : `process ${still.pid}`;
  }

  /** Removes its files, keys among them. Only when it has ended. */
  async removeFiles(): Promise<void> {
    await rm(this.paths.directory, { recursive: true, force: true });
  }

  async #observe(): Promise<void> {
    await this.#options.watch.observe(this.#attachmentId, this.paths.endSocket);
  }

  /** A keys file that is lost says nothing against it. */
  async #isOfThis(running: ProcessFacts, access: NbdAccess, interfaceName: string): Promise<boolean> {
    const keys = keysOf(access);
    const itsKeys = await readFile(this.paths.keysFile, 'utf8').catch(() => keys);
    return itsKeys === keys && importsExport(running.args, this.outlet, access, interfaceName);
  }

  /** Whether the daemon says that it exports, and the kernel that the outlet is there. */
  async #isServing(): Promise<'yes' | 'no' | 'unknown'> {
    if (!(await exists(this.paths.qmpSocket))) return 'unknown';
    let exports: unknown;
    try {
      using qmp = await QmpClient.connect(this.paths.qmpSocket, { timeoutMs: 2_000 });
      exports = await qmp.execute('query-block-exports', {}, { timeoutMs: 2_000 });
    } catch {
      return 'unknown';
    }
    const exported = exportsSchema.parse(exports).some(({ id }) => id === EXPORT_ID || id.startsWith(`${EXPORT_ID}-`));
    return exported && (await isThere(this.outlet)) ? 'yes' : 'no';
  }

  async #served(access: NbdAccess, daemon: DetachedCommand): Promise<void> {
    const ended = daemon.exited.then(() => true);
    const deadline = Date.now() + this.#options.startTimeoutMs;
    while ((await this.#isServing()) !== 'yes') {
      const over = await Promise.race([ended, delay(20, false)]);
      if (!over && Date.now() < deadline) continue;
      const said = (await readFile(this.paths.log, 'utf8').catch(() => '')).trim().slice(-1000);
      const how = over ? 'qemu-storage-daemon ended' : `no disk within ${this.#options.startTimeoutMs} ms`;
      const message = `Importing ${where(access)} failed: ${how}${said === '' ? '' : `: ${said}`}`;
      throw new ImporterError('import_failed', message, { attachmentId: this.#attachmentId });
    }
  }
}

const exportsSchema = z.array(z.object({ id: z.string() }));

function keysOf({ tls }: NbdAccess): string {
  return `${tls.identity}:${tls.secretHex}\n`;
}

/** Why such daemons can't run on this host; undefined when they can. */
export async function whyNoStorageDaemon(
  program: string,
  runtimeDirectory: string,
  runner: CommandRunner,
): Promise<string | undefined> {
  try {
    await runner.run({ program, args: ['--version'] }, { timeoutMs: 10_000 });
  } catch (error) {
    return `${program} can't be run: ${describeError(error)}; it is in Debian's package qemu-system-common`;
  }
  return whyNoSockets('runtime_directory', runtimeDirectory);
}

/** For messages. */
export function where({ exportName, address, port }: NbdAccess): string {
  return `nbd export ${exportName} at [${address}]:${port}`;
}
