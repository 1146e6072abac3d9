import { mkdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { directoryOf, namesIn } from '../import-directories.ts';
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

  /**
   * Removes links that lead to a device of somebody else, or to none: somebody else may have let it go. Before any device is
   * connected, which may be given that number.
   */
  async sweep(): Promise<void> {
    const devices = await nbdDevices();
    for (const attachmentId of await this.list()) {
      const path = this.path(attachmentId);
      const target = await readlink(path).catch(() => undefined);
      const leads = devices.some(({ index, backend }) => backend === markOf(attachmentId) && nodeOf(index) === target);
      if (!leads) await rm(path, { force: true });
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
    const path = this.path(attachmentId);
    for (const each of [path, `${path}.new`]) await rm(each, { force: true });
  }

  /** Attachments that have a link. */
  async list(): Promise<readonly string[]> {
    return (await namesIn([this.#directory])).filter((name) => !name.endsWith('.new'));
  }
}
