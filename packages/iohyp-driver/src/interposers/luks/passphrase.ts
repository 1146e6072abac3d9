import { readFile } from 'node:fs/promises';
import { DriverError, type KeyManager, type LuksKey } from '../../contract.ts';
import type { QmpCallOptions } from '../../qmp/deadline.ts';

/**
 * The passphrase in base64, for QEMU's secret object. No message ever holds any of it.
 * @throws {DriverError} `backend_failed`
 */
export async function passphrase(
  key: LuksKey,
  keyManager: KeyManager | undefined,
  options: QmpCallOptions,
): Promise<string> {
  const bytes = 'file' in key ? await fromFile(key.file) : await fromManager(key.keyManagerId, keyManager, options);
  if (bytes.length === 0) {
    throw new DriverError('backend_failed', `interposer "luks": the key of ${JSON.stringify(key)} is empty`);
  }
  return Buffer.from(bytes).toString('base64');
}

async function fromFile(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DriverError('backend_failed', `interposer "luks": key file can't be read: ${why}`, { cause });
  });
}

async function fromManager(
  id: string,
  keyManager: KeyManager | undefined,
  options: QmpCallOptions,
): Promise<Uint8Array> {
  if (keyManager === undefined) {
    throw new DriverError(
      'backend_failed',
      `interposer "luks": key ${id} is asked for, but no key manager is configured`,
    );
  }
  try {
    return await keyManager.secret(id, { signal: options.signal ?? AbortSignal.timeout(options.timeoutMs ?? 30_000) });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DriverError('backend_failed', `interposer "luks": the key manager gave no key ${id}: ${why}`, {
      cause,
      retryable: true,
    });
  }
}
