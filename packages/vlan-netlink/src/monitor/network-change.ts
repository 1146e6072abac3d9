import { type Address, decodeAddress, isIpAddress } from '../address/address.ts';
import type { Message } from '../codec/message.ts';
import { decodeLink, type Link } from '../link/link.ts';
import { decodeNeighbour, isKnownFamily, type Neighbour } from '../neighbour/neighbour.ts';
import { decodeRoute, type Route } from '../route/route.ts';

/** What can be watched. */
export type NetworkTopic = 'link' | 'address' | 'route' | 'neighbour';

/** `set`: it is new, or it is not what it was. `removed`: it is gone; what is told is how it was. */
export type ChangeAction = 'set' | 'removed';

/** All there is of what is watched; what is not watched is empty. */
export interface NetworkSnapshot {
  readonly topic: 'snapshot';
  /** `start`: asked for. `lost`: changes came faster than they were read, and some were lost; this replaces them. */
  readonly reason: 'start' | 'lost';
  readonly links: readonly Link[];
  readonly addresses: readonly Address[];
  readonly routes: readonly Route[];
  readonly neighbours: readonly Neighbour[];
}

/** A change in a network namespace. */
export type NetworkChange =
  | { readonly topic: 'link'; readonly action: ChangeAction; readonly link: Link }
  | { readonly topic: 'address'; readonly action: ChangeAction; readonly address: Address }
  | { readonly topic: 'route'; readonly action: ChangeAction; readonly route: Route }
  | { readonly topic: 'neighbour'; readonly action: ChangeAction; readonly neighbour: Neighbour }
  | NetworkSnapshot;

const AF_UNSPEC = 0;

/**
 * What a message that the kernel sent unasked says; `undefined` for what is none of the topics.
 *
 * @throws MalformedMessageError
 */
export function decodeChange({ type, payload }: Message): NetworkChange | undefined {
  // RTM_NEW* are the types 0 modulo 4, RTM_DEL* 1 (`<linux/rtnetlink.h>`).
  const [action, family] = [(type & 3) === 0 ? 'set' : 'removed', payload[0]] as const;
  switch (type) {
    case 16:
    case 17:
      // A bridge tells of its ports in messages of its own family: removed from the bridge is not removed.
      return family === AF_UNSPEC ? { topic: 'link', action, link: decodeLink(payload) } : undefined;
    case 20:
    case 21:
      return isIpAddress(family) ? { topic: 'address', action, address: decodeAddress(payload) } : undefined;
    case 24:
    case 25:
      return isIpAddress(family) ? { topic: 'route', action, route: decodeRoute(payload) } : undefined;
    case 28:
    case 29:
      return isKnownFamily(family) ? { topic: 'neighbour', action, neighbour: decodeNeighbour(payload) } : undefined;
    default:
      return undefined;
  }
}
