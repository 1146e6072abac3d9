import { readFile } from 'node:fs/promises';
import { DriverError } from '../../contract.ts';

/**
 * Key of `[client.<user>]` in a Ceph keyring file, base64.
 * @throws {DriverError} `backend_failed`
 */
export async function keyFromKeyring(path: string, user: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new DriverError('backend_failed', `Ceph keyring ${path} can't be read: ${cause}`, { cause });
  });
  const key = findKey(text, `client.${user}`);
  if (key === undefined) {
    throw new DriverError('backend_failed', `Ceph keyring ${path} has no key for [client.${user}]`);
  }
  return key;
}

function findKey(keyring: string, entity: string): string | undefined {
  let section = '';
  for (const line of keyring.split('\n').map((raw) => raw.trim())) {
    const heading = /^\[(.+)\]$/.exec(line)?.[1];
    section = heading?.trim() ?? section;
    const key = /^key\s*=\s*([A-Za-z0-9+/]+=*)$/.exec(line)?.[1];
    if (key !== undefined && section === entity) {
      return key;
    }
  }
  return undefined;
}
