import { readdir, readFile } from 'node:fs/promises';
import type { CommandRunner } from '../command/command.ts';
import { CommandError } from '../command/command-error.ts';
import { DriverError } from '../contract.ts';

/** All of ours begin so; no other is ever closed. */
const MARK = 'iorcl-';
/** What cryptsetup(8) ends with when no key slot opens. */
const NO_PERMISSION = 2;

/** A LUKS volume that the kernel (dm-crypt) decrypts: a block device with the plaintext. */
export interface LuksMapping {
  /** Of the device mapper; see {@link mappingName}. */
  readonly name: string;
  /** Block device or raw file with the ciphertext. */
  readonly source: string;
}

export function mappingName(what: string): string {
  return `${MARK}${what}`;
}

export function mappingPath(name: string): string {
  return `/dev/mapper/${name}`;
}

/** Whether there is such a mapping now. Documentation/ABI/testing/sysfs-block-dm of Linux. */
async function hasMapping(name: string): Promise<boolean> {
  const disks = await readdir('/sys/block').catch(() => []);
  for (const disk of disks.filter((each) => each.startsWith('dm-'))) {
    const found = await readFile(`/sys/block/${disk}/dm/name`, 'utf8').catch(() => '');
    if (found.trim() === name) {
      return true;
    }
  }
  return false;
}

/**
 * Opens LUKS 1 and 2 by cryptsetup. The passphrase goes through its standard input: neither its arguments nor a file hold it.
 * @throws {DriverError} `backend_failed`
 */
export async function openMapping(
  commands: CommandRunner,
  { name, source }: LuksMapping,
  options: { readonly passphrase: Uint8Array; readonly readOnly: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const args = [
    ...['open', '--type', 'luks', '--batch-mode', '--disable-external-tokens', '--allow-discards', '--key-file', '-'],
    ...(options.readOnly ? ['--readonly'] : []),
    ...['--', source, name],
  ];
  await cryptsetup(commands, args, options, `can't open ${source}`);
  if (!(await hasMapping(name))) {
    throw new DriverError('backend_failed', `interposer "luks": cryptsetup opened ${source}, but ${name} is not there`);
  }
}

/** Gives an open mapping the size that its storage has now. */
export async function growMapping(
  commands: CommandRunner,
  name: string,
  options: { readonly passphrase: Uint8Array; readonly signal: AbortSignal },
): Promise<void> {
  const args = ['resize', '--batch-mode', '--disable-external-tokens', '--key-file', '-', '--', name];
  await cryptsetup(commands, args, options, `can't resize ${name}`);
}

/**
 * Resolves when the mapping is gone, and its storage free.
 * @throws {DriverError} `backend_failed`, retryable: somebody still has it open
 */
export async function closeMapping(commands: CommandRunner, name: string, signal: AbortSignal): Promise<void> {
  if (name.startsWith(MARK) && (await hasMapping(name))) {
    await cryptsetup(commands, ['close', '--', name], { signal }, `can't close ${name}`);
    if (await hasMapping(name)) {
      const text = `interposer "luks": cryptsetup closed ${name}, but it is still there`;
      throw new DriverError('backend_failed', text, { retryable: true });
    }
  }
}

async function cryptsetup(
  commands: CommandRunner,
  args: readonly string[],
  { passphrase, signal }: { readonly passphrase?: Uint8Array; readonly signal: AbortSignal },
  what: string,
): Promise<void> {
  const input = passphrase === undefined ? {} : { input: passphrase };
  try {
    await commands.run({ program: 'cryptsetup', args }, { signal, ...input });
  } catch (cause) {
    if (!(cause instanceof CommandError) || cause.code === 'aborted' || cause.code === 'timeout') {
      throw cause;
    }
    const said = cause.result?.stderr.trim() || cause.message;
    const wrongKey = cause.result?.exitCode === NO_PERMISSION ? '; is it the right key?' : '';
    const retryable = args[0] === 'close';
    throw new DriverError('backend_failed', `interposer "luks": ${what}: ${said}${wrongKey}`, { cause, retryable });
  }
}
