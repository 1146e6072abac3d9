import { fstatSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ImporterError } from '../contract.ts';
import type { NbdSession } from '../nbd/nbd-session.ts';
import { markOf } from './mark.ts';
import { deviceMarked, type NbdDevice, nbdDevices, setRequestTimeout } from './nbd-devices.ts';
import { NbdFamily } from './nbd-family.ts';

/** The least block size of a block device. */
const SECTOR_BYTES = 512;

/**
 * How long the kernel lets a request be before it looks whether the socket that it was sent on has died. One that has is
 * sent again only then, so this bounds the pause when a storage daemon dies or its disk grows. A socket that lives is
 * let be however long a request takes, and the kernel's log gets a line each time.
 */
const REQUEST_TIMEOUT_MS = 5_000;

export interface KernelDeviceOptions {
  /** How long requests wait for a new socket when the storage daemon has died, in seconds. */
  readonly deadConnectionTimeoutSeconds: number;
  /** How long a device may take to be free, in milliseconds. */
  readonly releaseTimeoutMs: number;
}

/**
 * The kernel's network block device of one attachment. It carries the attachment's mark as its backend identifier: the kernel
 * refuses to reconfigure it for whoever does not say the mark, a restarted hook finds it by that, and no other device is
 * ever touched.
 *
 * Requests have no time limit in the kernel: while the I/O host is away the storage daemon holds them, and it alone decides
 * when they fail.
 */
export class KernelDevice {
  readonly #attachmentId: string;
  readonly #options: KernelDeviceOptions;

  constructor(attachmentId: string, options: KernelDeviceOptions) {
    this.#attachmentId = attachmentId;
    this.#options = options;
  }

  get #mark(): string {
    return markOf(this.#attachmentId);
  }

  async find(): Promise<NbdDevice | undefined> {
    return await deviceMarked(this.#mark);
  }

  /** Makes a device of a session, and reads back that it is this attachment's. @throws KernelError, ImporterError */
  async connect(session: NbdSession): Promise<NbdDevice> {
    const { sizeBytes, transmissionFlags, minimumBlockBytes } = session.export;
    using family = await this.#family();
    const index = await family.connect({
      sizeBytes,
      transmissionFlags,
      blockBytes: Math.max(SECTOR_BYTES, minimumBlockBytes),
      deadConnectionTimeoutSeconds: this.#options.deadConnectionTimeoutSeconds,
      backend: this.#mark,
      fd: session.fd,
    });
    const device = await this.find();
    if (device?.index === index) {
      await setRequestTimeout(index, REQUEST_TIMEOUT_MS);
      return device;
    }
    await family.disconnect(index);
    const message = `the kernel connected nbd${index}, which does not carry the mark ${this.#mark} then: is it older than 5.14?`;
    throw new ImporterError('import_failed', message, { attachmentId: this.#attachmentId });
  }

  /**
   * Gives the device a session in the place of one that has died, and the session's size, and ends the session here. Answers
   * whether the kernel took it: it does only where it has noticed a death.
   *
   * @throws KernelError
   */
  async reconnect({ index }: NbdDevice, session: NbdSession): Promise<boolean> {
    using family = await this.#family();
    await setRequestTimeout(index, REQUEST_TIMEOUT_MS);
    const { ino } = fstatSync(session.fd);
    const { sizeBytes } = session.export;
    await family.reconfigure(index, { backend: this.#mark, sizeBytes, fd: session.fd });
    session.close();
    return unixSockets().includes(ino);
  }

  /**
   * Lets the device go, and waits until the kernel has it free. Only when its storage daemon has ended. Answers what still holds it,
   * in words.
   *
   * @throws KernelError
   */
  async release(): Promise<string | undefined> {
    const device = await this.find();
    if (device === undefined) return undefined;
    using family = await this.#family();
    await family.disconnect(device.index);
    const deadline = Date.now() + this.#options.releaseTimeoutMs;
    while (await this.#isHeld(device.index)) {
      if (Date.now() > deadline)
        return `device nbd${device.index} (fuser /dev/nbd${device.index} tells who has it open)`;
      await delay(20);
    }
    return undefined;
  }

  /** As long as somebody has it open it keeps its mark, and is given to nobody else. */
  async #isHeld(index: number): Promise<boolean> {
    const device = (await nbdDevices()).find((each) => each.index === index);
    if (device === undefined) return false;
    return device.backend === this.#mark || (device.backend === undefined && device.sizeBytes > 0);
  }

  async #family(): Promise<NbdFamily> {
    const family = await NbdFamily.open();
    if (family !== undefined) return family;
    const message =
      'the kernel’s nbd does not answer in this network namespace: it must be loaded, and the hook in the initial one';
    throw new ImporterError('not_possible_here', message, { attachmentId: this.#attachmentId });
  }
}

/** Inodes of all unix sockets of this network namespace: proc(5), `/proc/net/unix`. Of this thread, not of one that reads files for it. */
function unixSockets(): readonly number[] {
  const lines = readFileSync('/proc/thread-self/net/unix', 'utf8').split('\n').slice(1);
  return lines.map((line) => Number(line.trim().split(/\s+/)[6]));
}
