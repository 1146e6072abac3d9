import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { directoryOf } from '../import-directories.ts';
import { type NvmeConnection, nvmeConnectionSchema } from './nvme-connection.ts';

/** Which connection of the kernel's is an attachment's. Written before it is made; goes with a reboot, as connections do. */
export class ConnectionFile {
  readonly #directory: string;
  readonly #path: string;

  constructor(runtimeDirectory: string, attachmentId: string) {
    this.#directory = directoryOf(runtimeDirectory, attachmentId);
    this.#path = join(this.#directory, 'nvme-tcp.json');
  }

  async read(): Promise<NvmeConnection | undefined> {
    try {
      return nvmeConnectionSchema.parse(JSON.parse(await readFile(this.#path, 'utf8')));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async write(connection: NvmeConnection): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await writeFile(`${this.#path}.new`, JSON.stringify(connection), { mode: 0o600 });
    await rename(`${this.#path}.new`, this.#path);
  }

  async remove(): Promise<void> {
    await rm(`${this.#path}.new`, { force: true });
    await rm(this.#path, { force: true });
    // Only when it is empty, and quietly when it isn't.
    await rmdir(this.#directory).catch(() => {});
  }
}
