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
 * The first portal that takes a connection. libiscsi knows one portal per session: which one is up is found out before.
 * @throws {DriverError} `backend_failed` when none does, naming each with its reason
 */
export async function reachablePortal(portals: readonly Portal[], timeoutMs: number): Promise<Portal> {
  const failures: string[] = [];
  for (const portal of portals) {
    const failure = await tryPortal(portal, timeoutMs);
    if (failure === undefined) {
      return portal;
    }
    failures.push(`${portal.host}:${portal.port} (${failure})`);
  }
  const text = `no iSCSI portal of ${portals[0]?.target ?? 'the target'} answers: ${failures.join(', ')}`;
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
