import { encodeLinkMessage } from '../codec/link-message.ts';
import { isKernelError } from '../socket/kernel-error.ts';
import type { NetlinkSocket, RequestOptions } from '../socket/netlink-socket.ts';
import { ensureAlternativeNames } from './alternative-name.ts';
import { changeLink } from './change.ts';
import { kindAttributes, newLinkRequest } from './create.ts';
import { deleteLink } from './delete.ts';
import type { LinkKind } from './kind/link-kind.ts';
import { type LinkSpecification, linkKind } from './kind/registry.ts';
import { type AddressGenerationMode, decodeLink, type Link } from './link.ts';
import { LinkRequest } from './link-attribute.ts';
import { LinkConflictError } from './link-conflict-error.ts';
import { changeDifference, kindDifference } from './link-difference.ts';
import { findLinkPayload } from './query.ts';
import { ensureVethPeer } from './veth-peer.ts';

/** What a link should be. What is not given stays as it is. */
export type WantedLink = LinkSpecification & {
  readonly up?: boolean;
  /** At most 255 bytes; empty removes it. */
  readonly alias?: string;
  readonly addressGenerationMode?: AddressGenerationMode;
  /** The link has these, and may have more. */
  readonly alternativeNames?: readonly string[];
};

export interface EnsureOptions extends RequestOptions {
  /**
   * What to do with a link of this name that the kernel cannot change into what is wanted: delete it and make another
   * one (default), or throw a LinkConflictError. Hardware is never replaced.
   */
  readonly onConflict?: 'replace' | 'throw';
}

/** What a link is now, and whether it was something else before. */
export interface Ensured {
  readonly changed: boolean;
  readonly index: number;
}

const MAX_ATTEMPTS = 5;

/**
 * Makes sure that a link is there and is as wanted: creates it, changes what differs, or makes it anew. It is safe to call
 * again and again, also by several processes at once.
 *
 * @throws LinkConflictError, LinkNameError, RangeError, KernelError
 */
export async function ensureLink(
  socket: NetlinkSocket,
  wanted: WantedLink,
  options: EnsureOptions = {},
): Promise<Ensured> {
  const { namespace } = wanted;
  if (namespace === undefined) return await new Ensuring(socket, socket, wanted, options).run();
  using there = socket.openIn(namespace);
  return await new Ensuring(socket, there, wanted, options).run();
}

class Ensuring {
  /** Where the link is created from, and its devices are. */
  readonly #home: NetlinkSocket;
  /** Where the link is. */
  readonly #there: NetlinkSocket;
  readonly #wanted: WantedLink;
  readonly #options: EnsureOptions;
  readonly #kind: LinkKind;
  #changed = false;

  constructor(home: NetlinkSocket, there: NetlinkSocket, wanted: WantedLink, options: EnsureOptions) {
    this.#home = home;
    this.#there = there;
    this.#wanted = wanted;
    this.#options = options;
    this.#kind = linkKind(wanted);
  }

  async run(): Promise<Ensured> {
    const link = await this.#ensureKind();
    await this.#ensureChange(link);
    const { alternativeNames = [] } = this.#wanted;
    if (alternativeNames.length > 0) {
      const { changed } = await ensureAlternativeNames(this.#there, link.index, alternativeNames, this.#options);
      this.#changed ||= changed;
    }
    return { changed: this.#changed, index: link.index };
  }

  /** A link of the right name and kind, with the right settings of the kind. */
  async #ensureKind(): Promise<Link> {
    for (let attempt = 1; ; attempt++) {
      const payload = await findLinkPayload(this.#there, this.#wanted.name, this.#options);
      if (payload === undefined) await this.#create(attempt);
      else {
        const link = decodeLink(payload);
        if (await this.#isOfKind(link, payload)) return link;
      }
      this.#changed = true;
      // The kernel takes a setting and keeps another one, or somebody else wants this link to be something else.
      if (attempt >= MAX_ATTEMPTS && payload !== undefined) {
        const { differences } = kindDifference(decodeLink(payload), payload, this.#kind);
        throw new LinkConflictError(this.#wanted.name, this.#kind.kind, decodeLink(payload).kind, differences);
      }
    }
  }

  /** Whether nothing had to be done; what can be is done. */
  async #isOfKind(link: Link, payload: Uint8Array): Promise<boolean> {
    const { differences, changeable } = kindDifference(link, payload, this.#kind);
    if (differences.length === 0) {
      if (this.#wanted.kind !== 'veth') return true;
      const peer = await ensureVethPeer(this.#home, this.#there, link, this.#wanted, this.#options);
      if (peer === 'changed') this.#changed = true;
      if (peer !== 'missing') return true;
    }
    if (differences.length > 0 && changeable) await this.#changeKind(link.index);
    else await this.#remove(link, differences.length === 0 ? ['peer'] : differences);
    return false;
  }

  async #create(attempt: number): Promise<void> {
    try {
      await this.#home.request(newLinkRequest(this.#wanted), this.#options);
    } catch (error) {
      // Somebody else was faster. The same error again means another thing, such as a VLAN that has another name.
      if (attempt < MAX_ATTEMPTS - 1 && isKernelError(error, 'EEXIST')) return;
      throw error;
    }
  }

  async #changeKind(index: number): Promise<void> {
    await this.#there.request(
      {
        type: LinkRequest.new,
        payload: encodeLinkMessage({
          family: 0,
          hardwareType: 0,
          index,
          flags: 0,
          change: 0,
          attributes: kindAttributes({ kind: this.#kind.kind, data: this.#kind.changeData ?? [] }),
        }),
        description: `change the ${this.#kind.kind} link ${this.#wanted.name}`,
      },
      this.#options,
    );
  }

  async #remove(link: Link, differences: readonly string[]): Promise<void> {
    if (link.kind === undefined || this.#options.onConflict === 'throw') {
      throw new LinkConflictError(link.name, this.#kind.kind, link.kind, differences);
    }
    await deleteLink(this.#there, link.index, this.#options);
  }

  async #ensureChange(link: Link): Promise<void> {
    const { kind: _kind, ...wanted } = this.#wanted;
    const { up, ...difference } = changeDifference(link, wanted);
    // Up last, and after the rest: nothing is sent with another MAC address or MTU.
    if (Object.keys(difference).length > 0) {
      await changeLink(this.#there, link.index, difference, this.#options);
      this.#changed = true;
    }
    if (up !== undefined) {
      await changeLink(this.#there, link.index, { up }, this.#options);
      this.#changed = true;
    }
  }
}
