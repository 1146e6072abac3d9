import { constants, symlinkSync } from 'node:fs';
import { access, chmod, mkdir, readdir, readFile, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The kernel's configuration file system, for one subsystem: directories are objects, files attributes, links relations. */
export class Configfs {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  path(...names: readonly string[]): string {
    return join(this.root, ...names);
  }

  async has(...names: readonly string[]): Promise<boolean> {
    return access(this.path(...names)).then(
      () => true,
      () => false,
    );
  }

  /** Objects and links below; empty when there is no such object. */
  async list(...names: readonly string[]): Promise<readonly string[]> {
    return (await unlessMissing(readdir(this.path(...names)))) ?? [];
  }

  async make(...names: readonly string[]): Promise<void> {
    await mkdir(this.path(...names)).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) {
        throw error;
      }
    });
  }

  async remove(...names: readonly string[]): Promise<void> {
    await unlessMissing(rmdir(this.path(...names)));
  }

  async read(...names: readonly string[]): Promise<string | undefined> {
    return (await unlessMissing(readFile(this.path(...names), 'utf8')))?.trim();
  }

  /** Some attributes may only be written while an object is idle, so what is right already is left alone. */
  async write(value: string, ...names: readonly string[]): Promise<void> {
    if ((await this.read(...names)) !== value) {
      await this.writeAnyway(value, ...names);
    }
  }

  async writeAnyway(value: string, ...names: readonly string[]): Promise<void> {
    // Some attributes can only be written, and none is a file that could be truncated.
    await writeFile(this.path(...names), value, { flag: constants.O_WRONLY });
  }

  /** For root alone: the kernel makes every attribute readable for all. */
  async restrict(...names: readonly string[]): Promise<void> {
    await chmod(this.path(...names), 0o600);
  }

  /** On the calling thread, and in whatever namespaces it is in at this moment. */
  linkSync(target: readonly string[], link: readonly string[]): void {
    try {
      symlinkSync(this.path(...target), this.path(...link));
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) {
        throw error;
      }
    }
  }

  async unlink(...names: readonly string[]): Promise<void> {
    await unlessMissing(unlink(this.path(...names)));
  }
}

/** Size of a file or block device of this machine. */
export async function sizeOfDevice(path: string): Promise<number> {
  const found = await stat(path);
  if (!found.isBlockDevice()) {
    return found.size;
  }
  // Linux's encoding of a device number: dev_t(3), makedev(3).
  const major = Math.floor(found.rdev / 256) % 4096;
  const minor = (found.rdev % 256) + Math.floor(found.rdev / 2 ** 20) * 256;
  return Number(await readFile(`/sys/dev/block/${major}:${minor}/size`, 'utf8')) * 512;
}

/** Changes when a name comes to mean another file or device. */
export async function identityOfDevice(path: string): Promise<string> {
  const { dev, ino, rdev } = await stat(path);
  return `${dev}:${ino}:${rdev}`;
}

async function unlessMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
