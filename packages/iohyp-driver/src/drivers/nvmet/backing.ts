import type { PreparedBackend } from '../../backends/backend.ts';
import { DriverError } from '../../contract.ts';

/**
 * What the kernel can open by itself, and how.
 * @throws {DriverError} `not_supported` for storage that only a process can speak to, and for formats the kernel doesn't know
 */
export function kernelBacking(backend: PreparedBackend): { readonly path: string; readonly buffered: boolean } {
  const { driver, filename, cache } = backend.blockdev;
  const plain = (driver === 'file' || driver === 'host_device') && backend.format === undefined;
  if (plain && backend.secrets.length === 0 && typeof filename === 'string') {
    const direct = typeof cache !== 'object' || cache === null || Reflect.get(cache, 'direct') !== false;
    return { path: filename, buffered: !direct };
  }
  const text = `${backend.description}: driver nvmet exports raw files and block devices of this machine only`;
  throw new DriverError('not_supported', text);
}
