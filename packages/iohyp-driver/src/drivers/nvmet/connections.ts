import { readFileSync } from 'node:fs';
import { DriverError } from '../../contract.ts';

const ESTABLISHED = '01';

/** TCP connections of clients to a port, in the network where the calling thread is: proc(5), /proc/net/tcp. */
export function countConnections(port: number): number {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/thread-self/net/${table}`, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) === true && fields[3] === ESTABLISHED).length;
}

export function unknownListener(): DriverError {
  const text = 'the way into the tenant network is not known since the last restart; adopt the instance first';
  return new DriverError('bad_request', text);
}
