import { hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describeError } from '@iorcl/service';

const KEY_BYTES = 32;

/**
 * The keys of grants are derived from one secret of this host (HKDF-SHA-256, RFC 5869), so that a journal that was lost
 * can be rebuilt without cutting off anybody. The secret is made at the first start.
 *
 * @param file of mode 0600 that holds the secret, 32 bytes in hex
 * @throws Error naming the file, where it can't be read or holds something else
 */
export function grantKeys(file: string): (identity: string) => string {
  const secret = readSecret(file);
  return (identity) =>
    Buffer.from(hkdfSync('sha256', secret, '', `iorcl grant ${identity}`, KEY_BYTES)).toString('hex');
}

function readSecret(file: string): Buffer {
  try {
    writeFileSync(file, `${randomBytes(KEY_BYTES).toString('hex')}\n`, { flag: 'wx', mode: 0o600, flush: true });
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) {
      throw new Error(`The secret of the grants' keys can't be made in ${file}: ${describeError(cause)}`, { cause });
    }
  }
  const text = readFileSync(file, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new Error(
      `${file} holds no secret of 64 hex digits. Restore it from a backup, or, with no volume attached, remove it`,
    );
  }
  return Buffer.from(text, 'hex');
}
