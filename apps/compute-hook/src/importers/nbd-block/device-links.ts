import { mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { directoryOf } from '../import-directories.ts';
import { markOf } from './mark.ts';
import { nbdDevices, nodeOf } from './nbd-devices.ts';

/**
 * Stable paths of devices: symbolic links by attachment, since the kernel gives a device's number to somebody else as soon as it
 * is free. So a link is there only while its device carries the attachment's mark: it is made after the device was marked, and
 * removed before the device is let go. The directory is below /dev, and goes with a reboot.
 */
export class DeviceLinks {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Where the link of an attachment is or will be. */
  path(attachmentId: string): string {
    return directoryOf(this.#directory, attachmentId);
  }

  async prepare(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o755 });
    await this.sweep();
  }

  /** Removes links that lead to a device of somebody else, or to none. Before any device is connected anew. */
  async sweep(): Promise<void> {
    const devices = await nbdDevices();
    for (const name of await this.list()) {
      const target = await readlink(join(this.#directory, name)).catch(() => undefined);
      const leads = devices.some(({ index, backend }) => backend === markOf(name) && nodeOf(index) === target);
      if (!leads) await rm(join(this.#directory, name), { force: true });
    }
  }

  /** Makes the link lead to this device, if it does not. In one step: nobody ever finds it half made. */
  async point(attachmentId: string, index: number): Promise<void> {
    const path = this.path(attachmentId);
    if ((await readlink(path).catch(() => undefined)) === nodeOf(index)) return;
    await rm(`${path}.new`, { force: true });
    await symlink(nodeOf(index), `${path}.new`);
    await rename(`${path}.new`, path);
  }

  async remove(attachmentId: string): Promise<void> {
    await rm(this.path(attachmentId), { force: true });
  }

  /** Names of all links. */
  async list(): Promise<readonly string[]> {
    return await readdir(this.#directory).catch(() => []);
  }
}
