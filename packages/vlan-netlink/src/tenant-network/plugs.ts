import { encodeIpAddress } from '../codec/ip-address.ts';
import { findLinkSync } from '../link/query.ts';
import { NamedNamespaces } from '../network-namespace/named-namespaces.ts';
import { NetworkNamespace } from '../network-namespace/network-namespace.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import { listenTcp } from '../tcp/listen.ts';
import type {
  PluggedNetwork,
  PlugRequest,
  PlugTarget,
  TenantNetwork,
  TenantNetworkPlugs,
  TenantNetworksOptions,
} from './contract.ts';
import {
  keyOfNamespace,
  linkLocalAddress,
  type NetworkIdentity,
  networkIdentity,
  type VlanSegment,
} from './identity.ts';
import { findMarkedThings, type MarkedPlaces } from './marked-thing.ts';
import { checkOptions, checkOwner, requireTarget, segmentOf } from './options.ts';
import { OwnerFiles } from './owner-files.ts';
import type { PlugScene } from './plug-scene.ts';
import { applySteps, failingAs, stepDifferences } from './plug-step.ts';
import { plugSteps } from './plug-steps.ts';
import { SerialQueue } from './serial-queue.ts';
import { targetPlug } from './target/registry.ts';
import { TenantNetworkError } from './tenant-network-error.ts';

/**
 * Plugs tenant networks into this host, each into a network namespace of its own.
 *
 * @throws TenantNetworkError `invalid_options`
 */
export function createTenantNetworkPlugs(options: TenantNetworksOptions): TenantNetworkPlugs {
  return new KernelPlugs(options);
}

class KernelPlugs implements TenantNetworkPlugs {
  readonly #options: TenantNetworksOptions;
  readonly #namespaces: NamedNamespaces;
  readonly #owners: OwnerFiles;
  readonly #linkLocal: string;
  readonly #queue = new SerialQueue();

  constructor(options: TenantNetworksOptions) {
    checkOptions(options);
    this.#options = options;
    this.#namespaces = new NamedNamespaces(options.namespaceDirectory);
    this.#owners = new OwnerFiles(options.stateDirectory ?? '/run/iorcl/networks');
    this.#linkLocal = linkLocalAddress(options.site, options.host);
  }

  async plug({ network, owner, signal }: PlugRequest): Promise<PluggedNetwork> {
    checkOwner(owner);
    const { segment, target } = requireTarget(network, this.#options.targets);
    const identity = this.#identity(segment);
    return await this.#queue.run(identity.namespace, async () => {
      signal?.throwIfAborted();
      const changed = await this.#withScene({ network, segment, identity, signal }, (scene) =>
        this.#plugInTurn(scene, target, owner),
      );
      return this.#plugged(network, identity, changed);
    });
  }

  async unplug({ network, owner }: PlugRequest): Promise<{ readonly removed: boolean }> {
    checkOwner(owner);
    const segment = segmentOf(network);
    if (segment === undefined) return { removed: false };
    const identity = this.#identity(segment);
    return await this.#queue.run(identity.namespace, async () => {
      if (this.#owners.owners(identity.namespace).some((other) => other !== owner)) {
        this.#owners.remove(identity.namespace, owner);
        return { removed: false };
      }
      const removed = await this.#takeDown(identity, segment);
      this.#owners.remove(identity.namespace, owner);
      this.#owners.forget(identity.namespace);
      return { removed };
    });
  }

  async verify(network: TenantNetwork): Promise<readonly string[]> {
    const { segment, target } = requireTarget(network, this.#options.targets);
    const identity = this.#identity(segment);
    return await this.#queue.run(identity.namespace, () =>
      this.#withScene({ network, segment, identity, signal: undefined }, (scene) =>
        stepDifferences(plugSteps(scene, targetPlug(scene, target))),
      ),
    );
  }

  async list(): Promise<readonly PluggedNetwork[]> {
    return this.#owners.namespaces().flatMap((namespace) => {
      const network = this.#owners.record(namespace)?.network;
      const segment = network === undefined ? undefined : segmentOf(network);
      if (segment === undefined || network === undefined) return [];
      const plugged = this.#plugged(network, this.#identity(segment), false);
      return plugged.owners.length === 0 ? [] : [plugged];
    });
  }

  listen(network: TenantNetwork, address: string, port: number): number {
    const { leaf } = this.#requireIdentity(network);
    return this.runInside(network, () => {
      const [first = 0, second = 0] = encodeIpAddress(address);
      if (!address.includes(':') || first !== 0xfe || (second & 0xc0) !== 0x80) return listenTcp({ address, port });
      using socket = NetlinkSocket.open();
      const link = findLinkSync(socket, leaf);
      if (link === undefined) throw this.#notPlugged(network, `the link ${leaf} is missing`);
      return listenTcp({ address, port, scope: link.index });
    });
  }

  runInside<T>(network: TenantNetwork, action: () => T): T {
    const { namespace: name } = this.#requireIdentity(network);
    if (!this.#namespaces.has(name)) throw this.#notPlugged(network, `there is no namespace ${name}`);
    using namespace = this.#namespaces.open(name);
    return namespace.runInside(action);
  }

  async sweep({ dryRun }: { readonly dryRun: boolean }): Promise<readonly string[]> {
    const { site } = this.#options;
    const targets = [
      ...Object.values(this.#options.targets),
      ...this.#owners.namespaces().flatMap((name) => this.#owners.record(name)?.target ?? []),
    ];
    const things = await findMarkedThings(this.#places(targets));
    const keys = new Set([
      ...things.map(({ key }) => key),
      ...this.#owners.namespaces().flatMap((name) => keyOfNamespace(site, name) ?? []),
    ]);
    const swept: string[] = [];
    for (const key of [...keys].sort()) {
      const namespace = `iorcl-${site}-${key}`;
      await this.#queue.run(namespace, async () => {
        // Looked at again in its turn: a plug may have been under way.
        if (this.#owners.owners(namespace).length > 0) return;
        for (const thing of await findMarkedThings(this.#places(targets), key)) {
          swept.push(thing.description);
          if (!dryRun) await thing.remove();
        }
        if (!dryRun) this.#owners.forget(namespace);
      });
    }
    return swept;
  }

  async #plugInTurn(scene: PlugScene, target: PlugTarget, owner: string): Promise<boolean> {
    const { namespace } = scene.identity;
    const plug = targetPlug(scene, target);
    await failingAs(`plug network ${scene.network.networkId}`, scene.signal, () => plug.check());
    const before = this.#owners.owners(namespace);
    const former = this.#owners.record(namespace)?.target;
    // The configuration names another way than the one it is plugged by.
    if (former !== undefined && JSON.stringify(former) !== JSON.stringify(target)) {
      await this.#takeDown(scene.identity, scene.segment);
    }
    this.#owners.writeRecord(namespace, { network: scene.network, target });
    this.#owners.add(namespace, owner);
    try {
      return await applySteps(plugSteps(scene, plug), scene.signal);
    } catch (error) {
      if (!before.includes(owner)) await this.#undoPlug(scene, owner, before.length === 0);
      throw error;
    }
  }

  /** Best effort: where it fails the owner stays, and its unplug tries again. */
  async #undoPlug({ identity, segment }: PlugScene, owner: string, isOnlyOwner: boolean): Promise<void> {
    try {
      if (isOnlyOwner) await this.#takeDown(identity, segment);
      this.#owners.remove(identity.namespace, owner);
      if (isOnlyOwner) this.#owners.forget(identity.namespace);
    } catch {
      // The plug's own error is the one to tell.
    }
  }

  /** Removes everything that carries the network's mark, and makes sure that it is gone. */
  async #takeDown({ key, namespace }: NetworkIdentity, { physicalNetwork }: VlanSegment): Promise<boolean> {
    // Only the switch that the network is plugged into: another one may be out of order.
    const target = this.#owners.record(namespace)?.target ?? this.#options.targets[physicalNetwork];
    const places = this.#places(target === undefined ? [] : [target]);
    let left: readonly string[] = [];
    try {
      const things = await findMarkedThings(places, key);
      for (const thing of things) await thing.remove();
      left = (await findMarkedThings(places, key)).map(({ description }) => description);
      if (left.length === 0) return things.length > 0;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new TenantNetworkError('unplug_failed', `cannot remove what was made for ${namespace}: ${reason}`, cause);
    }
    throw new TenantNetworkError('unplug_failed', `still there after its removal: ${left.join(', ')}`);
  }

  async #withScene<T>(
    about: Pick<PlugScene, 'network' | 'segment' | 'identity' | 'signal'>,
    action: (scene: PlugScene) => Promise<T>,
  ): Promise<T> {
    using host = NetworkNamespace.current();
    using hostSocket = NetlinkSocket.open();
    const { site } = this.#options;
    return await action({ ...about, site, linkLocal: this.#linkLocal, namespaces: this.#namespaces, host, hostSocket });
  }

  #identity(segment: VlanSegment): NetworkIdentity {
    return networkIdentity(this.#options.site, this.#options.host, segment);
  }

  #requireIdentity(network: TenantNetwork): NetworkIdentity {
    const segment = segmentOf(network);
    if (segment === undefined) throw this.#notPlugged(network, 'it is no VLAN network');
    return this.#identity(segment);
  }

  #notPlugged({ networkId }: TenantNetwork, reason: string): TenantNetworkError {
    return new TenantNetworkError('not_plugged', `network ${networkId} is not plugged on this host: ${reason}`);
  }

  #places(targets: readonly PlugTarget[]): MarkedPlaces {
    return { site: this.#options.site, namespaces: this.#namespaces, targets };
  }

  #plugged(network: TenantNetwork, identity: NetworkIdentity, changed: boolean): PluggedNetwork {
    const { namespace, leaf } = identity;
    const owners = this.#owners.owners(namespace);
    return { network, namespace, interfaceName: leaf, linkLocal: this.#linkLocal, owners, changed };
  }
}
