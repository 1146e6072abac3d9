import type { IpcNetConnectOpts, TcpNetConnectOpts } from 'node:net';
import { OvsdbError } from './ovsdb-error.ts';

/**
 * Where an OVSDB server listens, in the notation of ovsdb(7): `tcp:HOST:PORT`, `tcp:[IPV6]:PORT` or `unix:PATH`.
 *
 * @throws OvsdbError `ovsdb_address_invalid`
 */
export function parseOvsdbAddress(address: string): TcpNetConnectOpts | IpcNetConnectOpts {
  const unix = /^unix:(.+)$/.exec(address)?.[1];
  if (unix !== undefined) return { path: unix };
  const [, ipv6, name, digits] = /^tcp:(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(address) ?? [];
  const host = ipv6 ?? name;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new OvsdbError('ovsdb_address_invalid', `"${address}" is no OVSDB address; use tcp:HOST:PORT or unix:PATH`);
  }
  return { host, port };
}
