import { basename, normalize } from 'node:path';
import * as z from 'zod';
import type { CommandRunner } from '../../command/command.ts';
import { CommandError } from '../../command/command-error.ts';
import type { Connection } from '../../connection-info/connection.ts';
import { parseFields } from '../../connection-info/fields.ts';
import { DriverError } from '../../contract.ts';

/** A volume that the scripts can be given: a file or block device of the machine where they run. */
export interface VolumeDevice {
  readonly backend: 'file' | 'local';
  /** Without symbolic links: the module knows exports by this path, and takes each path once. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Equal for two paths that lead to the same storage. */
  readonly identity: string;
  /** Of a file its name; the scripts' machine is not asked for more. */
  readonly id: string | undefined;
}

interface DeviceFields {
  readonly device_path: string;
}

const BACKENDS: Readonly<Record<string, VolumeDevice['backend']>> = { gpfs: 'file', local: 'local' };

const fields: z.ZodType<DeviceFields> = z.object({
  device_path: z.string({ error: 'the absolute path of a file or block device' }).min(1, { error: 'an absolute path' }),
});

/**
 * Checks, where the scripts run, what a connection_info leads to, and changes nothing.
 * @throws {DriverError} `bad_connection_info`, `unsafe_path`, `backend_failed`
 */
export async function volumeDevice(
  runner: CommandRunner,
  connection: Connection,
  allowedDirectories: readonly string[],
  signal: AbortSignal,
): Promise<VolumeDevice> {
  const what = `connection_info of type "${connection.volumeType}"`;
  const backend = BACKENDS[connection.volumeType];
  if (backend === undefined) {
    const known = Object.keys(BACKENDS).map((type) => `"${type}"`);
    const text = `${what}: driver splitio doesn't open this type; known types are ${known.join(', ')}`;
    throw new DriverError('bad_connection_info', text);
  }
  if (connection.encrypted) {
    throw new DriverError(
      'bad_connection_info',
      `${what}: encrypted is true, and driver splitio can't decrypt; exporting it would hand out ciphertext`,
    );
  }
  const { device_path: asked } = parseFields(what, fields, connection.fields);
  checkPlainPath(asked);
  const path = await resolvedBelow(runner, asked, allowedDirectories, signal);
  const id = backend === 'file' ? basename(path) : undefined;
  return { backend, path, id, ...(await readDevice(runner, path, backend, signal)) };
}

function checkPlainPath(path: string): void {
  if (!path.startsWith('/') || /\p{Cc}/u.test(path) || normalize(path) !== path || path.endsWith('/')) {
    const why = 'not a plain absolute path: "..", ".", "//", a trailing "/" and control characters are refused';
    throw new DriverError('unsafe_path', `${JSON.stringify(path)}: ${why}`);
  }
}

/** Links are followed (`/dev/disk/by-id/…` is one), but what they lead to must be below an allowed directory, too. */
async function resolvedBelow(
  runner: CommandRunner,
  path: string,
  allowedDirectories: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const isBelow = (file: string, directories: readonly string[]): boolean =>
    directories.some((directory) => file.startsWith(directory.endsWith('/') ? directory : `${directory}/`));
  const list = allowedDirectories.length === 0 ? 'none is configured' : allowedDirectories.join(', ');
  const refused = (file: string): DriverError =>
    new DriverError('unsafe_path', `${JSON.stringify(file)}: not below an allowed directory (${list})`);
  if (!isBelow(path, allowedDirectories)) {
    throw refused(path);
  }
  const [resolved = '', ...directories] = await realPaths(runner, [path, ...allowedDirectories], signal);
  if (!isBelow(resolved, directories)) {
    throw refused(resolved);
  }
  return resolved;
}

async function realPaths(
  runner: CommandRunner,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { stdout } = await asBackendFailure(
    runner.run({ program: 'realpath', args: ['-e', '--', ...paths] }, { signal }),
  );
  return stdout.split('\n').slice(0, -1);
}

const S_IFMT = 0o170000;
const S_IFBLK = 0o060000;
const S_IFREG = 0o100000;
const SECTOR_BYTES = 512;

async function readDevice(
  runner: CommandRunner,
  path: string,
  backend: VolumeDevice['backend'],
  signal: AbortSignal,
): Promise<Pick<VolumeDevice, 'sizeBytes' | 'identity'>> {
  const { stdout } = await asBackendFailure(
    runner.run({ program: 'stat', args: ['--format=%f %s %d:%i %t %T', '--', path] }, { signal }),
  );
  const [mode = '', size = '', file = '', major = '', minor = ''] = stdout.trim().split(' ');
  const kind = Number.parseInt(mode, 16) & S_IFMT;
  if (kind === S_IFREG && backend === 'file') {
    return { sizeBytes: Number(size), identity: `file:${file}` };
  }
  if (kind === S_IFBLK && backend === 'local') {
    const device = `${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}`;
    const sectors = await asBackendFailure(
      runner.run({ program: 'cat', args: [`/sys/dev/block/${device}/size`] }, { signal }),
    );
    return { sizeBytes: Number(sectors.stdout.trim()) * SECTOR_BYTES, identity: `block:${device}` };
  }
  throw new DriverError('unsafe_path', `${path}: not a ${backend === 'file' ? 'regular file' : 'block device'}`);
}

async function asBackendFailure<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (cause) {
    if (cause instanceof CommandError && cause.code === 'failed') {
      throw new DriverError('backend_failed', cause.message, { cause });
    }
    throw cause;
  }
}
