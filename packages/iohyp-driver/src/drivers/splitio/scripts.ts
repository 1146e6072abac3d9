import { setTimeout as delay } from 'node:timers/promises';
import type { CommandResult } from '../../command/command.ts';
import { CommandError } from '../../command/command-error.ts';
import { DriverError } from '../../contract.ts';
import { type Bdev, readBdevs } from './bdev.ts';
import type { ResolvedOptions } from './options.ts';
import { createArguments, removeArguments, type ScriptArguments } from './script-arguments.ts';

const LOOK_EVERY_MS = 50;
/** After a script that failed: only for what another process may be doing at the same time. */
const FAILED_TIMEOUT_MS = 200;

export function findBdev(bdevs: readonly Bdev[], path: string): Bdev | undefined {
  return bdevs.find(({ devicePath }) => devicePath === path);
}

/**
 * Makes an export, and answers it as the kernel shows it. Its exit status only tells how long to wait for that.
 * @throws {DriverError} `data_plane_failed`
 */
export async function createExport(
  options: ResolvedOptions,
  args: ScriptArguments,
  signal: AbortSignal,
): Promise<Bdev> {
  const ran = await runScript(options, options.createScript, createArguments(args), signal);
  const made = await settled(options, ran, signal, (bdevs) => findBdev(bdevs, args.device));
  if (made === undefined) {
    throw noEffect(options.createScript, ran, `${options.sysfsDirectory} doesn't show ${args.device}`);
  }
  return made;
}

/**
 * Removes an export, and resolves when the kernel no longer shows it.
 * @throws {DriverError} `data_plane_failed`
 */
export async function removeExport(options: ResolvedOptions, device: string, signal: AbortSignal): Promise<void> {
  const ran = await runScript(options, options.removeScript, removeArguments(device), signal);
  const gone = await settled(options, ran, signal, (bdevs) =>
    findBdev(bdevs, device) === undefined ? true : undefined,
  );
  if (gone === undefined) {
    throw noEffect(options.removeScript, ran, `${options.sysfsDirectory} still shows ${device}`);
  }
}

/** Whether the device did nothing for a while. False when it doesn't stop. */
export async function isQuiet(options: ResolvedOptions, device: string, signal: AbortSignal): Promise<boolean> {
  const read = async (): Promise<string | undefined> => {
    const bdev = findBdev(await readBdevs(options.runner, options.sysfsDirectory, signal), device);
    return bdev && `${bdev.operations} ${bdev.bytesRead} ${bdev.bytesWritten}`;
  };
  const until = Date.now() + options.quietTimeoutMs;
  for (let before = await read(); ; ) {
    await delay(options.quietMs, undefined, { signal });
    const now = await read();
    if (now === undefined || now === before) {
      return true;
    }
    if (Date.now() >= until) {
      return false;
    }
    before = now;
  }
}

/** Every exit status is taken: none of them means anything by itself. */
async function runScript(
  options: ResolvedOptions,
  script: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<CommandResult> {
  const [program = script, ...rest] = [...options.sudo, script, ...args];
  try {
    return await options.runner.run({ program, args: rest }, { signal, timeoutMs: options.verbTimeoutMs });
  } catch (error) {
    if (error instanceof CommandError && error.code === 'failed' && error.result !== undefined) {
      return error.result;
    }
    throw error;
  }
}

async function settled<T>(
  options: ResolvedOptions,
  ran: CommandResult,
  signal: AbortSignal,
  look: (bdevs: readonly Bdev[]) => T | undefined,
): Promise<T | undefined> {
  const until = Date.now() + (ran.exitCode === 0 ? options.settleTimeoutMs : FAILED_TIMEOUT_MS);
  for (;;) {
    const found = look(await readBdevs(options.runner, options.sysfsDirectory, signal));
    if (found !== undefined || Date.now() >= until) {
      return found;
    }
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

function noEffect(script: string, ran: CommandResult, state: string): DriverError {
  const said = `${ran.stdout}\n${ran.stderr}`.trim().slice(-1000);
  const how = ran.exitCode === undefined ? `signal ${ran.signal}` : `exit status ${ran.exitCode}`;
  const text = `${script} ended with ${how}, and ${state}; it said: ${said === '' ? 'nothing' : said}`;
  return new DriverError('data_plane_failed', text);
}
