import { JournalError } from './journal.ts';

/** The first port of the range that is not used. @throws JournalError `no_port` */
export function allocatePort(
  range: { readonly first: number; readonly last: number },
  used: ReadonlySet<number>,
  networkId: string,
): number {
  for (let port = range.first; port <= range.last; port++) {
    if (!used.has(port)) return port;
  }
  throw new JournalError(
    'no_port',
    `All ports from ${range.first} to ${range.last} of network ${networkId} serve other instances: widen [network] ports.`,
  );
}
