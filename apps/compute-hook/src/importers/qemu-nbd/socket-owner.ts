import { chmod, chown, stat } from 'node:fs/promises';
import type { CommandRunner } from '@iorcl/iohyp-driver';

/** Number of a user of this machine, by name or number; undefined when there is none of this name (getent(1)). */
export async function userNumber(user: string, runner: CommandRunner): Promise<number | undefined> {
  if (/^\d+$/.test(user)) return Number(user);
  const options = { timeoutMs: 10_000, okExitCodes: [0, 2] };
  const { stdout } = await runner.run({ program: 'getent', args: ['passwd', user] }, options);
  const number = stdout.split(':')[2];
  return number === undefined ? undefined : Number(number);
}

/** Lets this user connect to a unix socket, and nobody else but root. */
export async function giveSocketTo(socket: string, user: number): Promise<void> {
  const { uid, mode } = await stat(socket);
  if (uid === user && (mode & 0o777) === 0o600) return;
  // What is another's can't be changed without a further capability.
  await chown(socket, 0, 0);
  await chmod(socket, 0o600);
  await chown(socket, user, 0);
}
