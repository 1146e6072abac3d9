import type { TenantNetworkPlugs } from '@iorcl/vlan-netlink';
import { type Listening, listeningIn } from '../attachment/listening.ts';
import { networkKey } from '../attachment/record.ts';
import { goodForMs } from './good-for.ts';

/** What can end a socket, or make one. */
const CHANGING: ReadonlySet<string> = new Set(['plug', 'unplug', 'repair', 'listen', 'sweep']);

/** Plugs, and who listens in their networks. */
export interface Networks<P> {
  readonly plugs: P;
  readonly listening: Listening;
}

/**
 * Looks for a listening socket once for all volumes of an instance that are verified at about the same time: the kernel
 * takes milliseconds to write its table. Only a yes is kept, and none once something is done to a network.
 *
 * @param now milliseconds. Default: the monotonic clock
 */
export function sharedListening<P extends TenantNetworkPlugs>(
  plugs: P,
  now: () => number = () => performance.now(),
): Networks<P> {
  /** Until when it is believed. */
  const seen = new Map<string, number>();
  const look = listeningIn(plugs);
  const listening: Listening = (network, port) => {
    const key = `${networkKey(network)} ${port}`;
    const begun = now();
    if (begun < (seen.get(key) ?? 0)) return true;
    seen.delete(key);
    const found = look(network, port);
    if (found) seen.set(key, now() + goodForMs(now() - begun));
    return found;
  };
  const watched = new Proxy(plugs, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (!CHANGING.has(String(name))) return member.bind(target);
      return (...args: unknown[]): unknown => {
        seen.clear();
        const result: unknown = Reflect.apply(member, target, args);
        return result instanceof Promise ? result.finally(() => seen.clear()) : result;
      };
    },
  });
  return { plugs: watched, listening };
}
