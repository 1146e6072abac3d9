import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Listener, QsdDriver, type QsdDriverOptions } from '@iorcl/iohyp-driver';
import { loopbackListener } from '@iorcl/iohyp-driver/testing';

const SIZE_BYTES = 256 * 2 ** 20;
export const SECRET_HEX = 'ab'.repeat(32);
export const INSTANCE = 'vm';

/** One volume on a file, through the driver. */
export class ServedVolume {
  readonly driver: QsdDriver;
  readonly key = { instanceId: INSTANCE, attachmentId: 'disk' } as const;
  readonly listener: Listener;
  readonly file: string;

  private constructor(directory: string, options: QsdDriverOptions, listener: Listener) {
    this.file = emptyFile(join(directory, 'disk'));
    this.listener = listener;
    this.driver = new QsdDriver({
      runtimeDirectory: join(directory, 'run'),
      backends: { file: { allowedDirectories: [directory], cache: 'buffered' } },
      ...options,
    });
  }

  static async create(directory: string, options: QsdDriverOptions = {}): Promise<ServedVolume> {
    mkdirSync(directory);
    return new ServedVolume(directory, options, await loopbackListener());
  }

  open(): Promise<unknown> {
    const connectionInfo = { driver_volume_type: 'gpfs', device_path: this.file };
    return this.driver.open({ key: this.key, connectionInfo, readOnly: false, listener: this.listener });
  }

  export(): Promise<unknown> {
    return this.driver.export({ key: this.key, exportName: 'disk', readOnly: false });
  }

  grant(): Promise<unknown> {
    return this.driver.grant({ key: this.key, identity: 'client', secretHex: SECRET_HEX });
  }

  async end(): Promise<void> {
    await this.driver.unexport(this.key);
    await this.driver.close(this.key);
  }
}

/** A sparse file of the volume's size. */
export function emptyFile(path: string): string {
  writeFileSync(path, '');
  truncateSync(path, SIZE_BYTES);
  return path;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
