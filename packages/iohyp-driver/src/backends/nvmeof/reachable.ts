import { createConnection } from 'node:net';
import { DriverError } from '../../contract.ts';
import type { NvmePortal } from './nvmeof-fields.ts';

/**
 * Whether anybody answers, within bounds: the kernel's own attempt can't be cut short.
 * @throws {DriverError} `backend_failed`
 */
export async function reachable({ address, port }: NvmePortal, timeoutMs: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = createConnection({ host: address, port: Number(port), timeout: timeoutMs });
    const refuse = (why: string): void => {
      socket.destroy();
      reject(new DriverError('backend_failed', `portal [${address}]:${port}: ${why}`, { retryable: true }));
    };
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('timeout', () => refuse(`no answer within ${timeoutMs} ms`));
    socket.once('error', (error) => refuse(error.message));
  });
}
