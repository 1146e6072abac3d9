import { randomUUID } from 'node:crypto';
import { LocalCommandRunner } from '../../src/index.ts';

const runner = new LocalCommandRunner();

async function dmsetup(...args: readonly string[]): Promise<void> {
  // Without udev, which a test machine need not have.
  const environment = { PATH: process.env['PATH'] ?? '', DM_DISABLE_UDEV: '1' };
  await runner.run({ program: 'dmsetup', args, environment });
}

/** A block device over another one, whose requests wait in the kernel for as long as it is stopped. */
export class StoppableDevice implements AsyncDisposable {
  readonly path: string;
  readonly #name: string;

  private constructor(name: string) {
    this.#name = name;
    this.path = `/dev/mapper/${name}`;
  }

  static async create(device: string, sizeBytes: number): Promise<StoppableDevice> {
    const name = `iorcl-test-${randomUUID().slice(0, 8)}`;
    await dmsetup('create', name, '--table', `0 ${sizeBytes / 512} linear ${device} 0`);
    return new StoppableDevice(name);
  }

  stop(): Promise<void> {
    return dmsetup('suspend', '--noflush', '--nolockfs', this.#name);
  }

  goOn(): Promise<void> {
    return dmsetup('resume', this.#name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.goOn();
    await dmsetup('remove', '--retry', this.#name);
  }
}
