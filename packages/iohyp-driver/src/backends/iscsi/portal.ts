import { connect } from 'node:net';
import { DriverError } from '../../contract.ts';

/** One way to a target. */
export interface Portal {
  readonly host: string;
  readonly port: number;
  readonly target: string;
  readonly lun: number;
}

/**
 * Those that take a connection, in their order. libiscsi knows one portal per session, and holds up its whole process while
 * it connects: so which ones are up is found out before.
 * @throws {DriverError} `backend_failed` when none is, naming each with its reason
 */
export async function reachablePortals(
  portals: readonly Portal[],
  timeoutMs: number,
): Promise<readonly [Portal, ...Portal[]]> {
  const failures = await Promise.all(portals.map((portal) => tryPortal(portal, timeoutMs)));
  const [first, ...others] = portals.filter((_, index) => failures[index] === undefined);
  if (first !== undefined) {
    return [first, ...others];
  }
  const each = portals.map(({ host, port }, index) => `${host}:${port} (${failures[index]})`);
  const text = `no iSCSI portal of ${portals[0]?.target ?? 'the target'} answers: ${each.join(', ')}`;
  throw new DriverError('backend_failed', text, { retryable: true });
}

function tryPortal({ host, port }: Portal, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (failure: string | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(failure);
    };
    const timer = setTimeout(() => end(`no answer within ${timeoutMs} ms`), timeoutMs);
    socket.once('connect', () => end(undefined));
    socket.once('error', (error) => end(error.message));
  });
}
