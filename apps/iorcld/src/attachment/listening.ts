import { readFileSync } from 'node:fs';
import type { TenantNetwork, TenantNetworkPlugs } from '@iorcl/vlan-netlink';

/** Whether a TCP socket listens on this port inside a tenant's network. */
export type Listening = (network: TenantNetwork, port: number) => boolean;

/** `TCP_LISTEN` of the kernel's include/net/tcp_states.h, as proc(5) shows it. */
const LISTEN = '0A';

/** Looks into the tenant's namespace, see `/proc/net/tcp` in proc(5). */
export function listeningIn(plugs: TenantNetworkPlugs): Listening {
  return (network, port) => {
    const tables = plugs.runInside(network, () =>
      ['tcp6', 'tcp'].map((table) => readFileSync(`/proc/thread-self/net/${table}`, 'utf8')),
    );
    const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    return tables.some((table) =>
      table.split('\n').some((line) => {
        const [, local, , state] = line.trim().split(/\s+/);
        return state === LISTEN && local?.endsWith(suffix) === true;
      }),
    );
  };
}
