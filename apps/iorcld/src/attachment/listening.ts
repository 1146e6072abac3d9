import { readFileSync } from 'node:fs';
import type { TenantNetwork, TenantNetworkPlugs } from '@iorcl/vlan-netlink';

/** Whether a TCP socket listens on this port inside a tenant's network. */
export type Listening = (network: TenantNetwork, port: number) => boolean;

/** `TCP_LISTEN` of the kernel's include/net/tcp_states.h, as proc(5) shows it. */
const LISTEN = '0A';

/**
 * Looks into the tenant's namespace, see `/proc/net/tcp` in proc(5). The kernel takes milliseconds to write a table, so the
 * second is read only where the first doesn't say it.
 */
export function listeningIn(plugs: TenantNetworkPlugs): Listening {
  return (network, port) => {
    const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    const listens = (line: string): boolean => {
      const [, local, , state] = line.trim().split(/\s+/);
      return state === LISTEN && local?.endsWith(suffix) === true;
    };
    return plugs.runInside(network, () =>
      ['tcp6', 'tcp'].some((table) => readFileSync(`/proc/thread-self/net/${table}`, 'utf8').split('\n').some(listens)),
    );
  };
}
