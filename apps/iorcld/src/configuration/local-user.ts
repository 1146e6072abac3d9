import { readFileSync } from 'node:fs';
import type { DaemonUser } from '@iorcl/iohyp-driver';

/**
 * A user of this machine, by its name in passwd(5).
 *
 * @throws Error where there is none, or it is root
 */
export function localUser(name: string, passwd: string = '/etc/passwd'): DaemonUser {
  for (const line of readFileSync(passwd, 'utf8').split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user !== name) continue;
    if (Number(uid) === 0) throw new Error(`${name} is root, expected a user without rights`);
    return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(`there is no user ${name} on this machine, expected one of ${passwd}`);
}
