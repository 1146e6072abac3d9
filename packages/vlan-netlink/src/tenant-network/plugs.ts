import { encodeIpAddress, isUnspecified } from '../codec/ip-address.ts';
import { findLinkSync } from '../link/query.ts';
import { NamedNamespaces } from '../network-namespace/named-namespaces.ts';
import { NetworkNamespace } from '../network-namespace/network-namespace.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import { listenTcp } from '../tcp/listen.ts';
import type {
  KernelTenantNetworkPlugs,
  NeutronPort,
  PluggedNetwork,
  PlugRequest,
  PlugTarget,
  TenantNetwork,
  TenantNetworksOptions,
} from './contract.ts';
import {
  keyOfNamespace,
  linkLocalAddress,
  linkLocalOfMac,
  type NetworkIdentity,
  networkIdentity,
  type PlugPlace,
  type Segment,
} from './identity.ts';
import { parseLeafAddress, sameAddress } from './leaf-address.ts';
import { findMarkedThings, type MarkedPlaces } from './marked-thing.ts';
import { checkAddresses, checkOptions, checkOwner, checkPort, requireTarget, segmentOf, targetOf } from './options.ts';
import { OwnerFiles } from './owner-files.ts';
import { sameWay } from './plug-record.ts';
import type { PlugScene } from './plug-scene.ts';
import { applySteps, failingAs, stepDifferences } from './plug-step.ts';
import { plugSteps } from './plug-steps.ts';
import { SerialQueue } from './serial-queue.ts';
import { targetPlug } from './target/registry.ts';
import { TenantNetworkError } from './tenant-network-error.ts';

/**
 * Plugs tenant networks into this host.
 *
 * @throws TenantNetworkError `invalid_options`
 */
export function createTenantNetworkPlugs(options: TenantNetworksOptions): KernelTenantNetworkPlugs {
  return new KernelPlugs(options);
}

type SceneFacts = Pick<PlugScene, 'network' | 'segment' | 'identity' | 'port' | 'signal'>;

class KernelPlugs implements KernelTenantNetworkPlugs {
  readonly #options: TenantNetworksOptions;
  readonly #namespaces: NamedNamespaces;
  readonly #owners: OwnerFiles;
  readonly #place: PlugPlace;
  readonly #linkLocal: string;
  readonly #queue = new SerialQueue();

  constructor(options: TenantNetworksOptions) {
    checkOptions(options);
    this.#options = options;
    this.#namespaces = new NamedNamespaces(options.namespaceDirectory);
    this.#owners = new OwnerFiles(options.stateDirectory ?? '/run/iorcl/networks');
    this.#place = options.place ?? 'namespace';
    this.#linkLocal = linkLocalAddress(options.site, options.host, this.#place);
  }

  async plug(request: PlugRequest): Promise<PluggedNetwork> {
    const { network, owner, addresses = [], port, signal } = request;
    checkOwner(owner);
    checkAddresses(addresses, this.#place);
    const { segment, target } = requireTarget(network, this.#options.targets);
    checkPort(target, network, port);
    const identity = this.#identity(segment);
    return await this.#queue.run(identity.namespace, async () => {
      signal?.throwIfAborted();
      const changed = await this.#plugInTurn({ network, segment, identity, port, signal }, target, request);
      return this.#plugged(network, identity, changed);
    });
  }

  async repair(
    network: TenantNetwork,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<{ readonly changed: boolean }> {
    const identity = this.#requireIdentity(network);
    return await this.#queue.run(identity.namespace, async () => {
      const changed = await this.#repairInTurn(network, signal);
      if (changed === undefined) throw this.#notPlugged(network, 'it has no owner');
      return { changed };
    });
  }

  async unplug({ network, owner, signal }: PlugRequest): Promise<{ readonly removed: boolean }> {
    checkOwner(owner);
    const segment = segmentOf(network);
    if (segment === undefined) return { removed: false };
    const identity = this.#identity(segment);
    return await this.#queue.run(identity.namespace, async () => {
      if (this.#owners.owners(identity.namespace).some((other) => other !== owner)) {
        const hadAddresses = this.#owners.addresses(identity.namespace, owner).length > 0;
        this.#owners.remove(identity.namespace, owner);
        if (hadAddresses) await this.#repairInTurn(network, signal);
        return { removed: false };
      }
      const removed = await this.#takeDown(identity, network);
      this.#owners.remove(identity.namespace, owner);
      this.#owners.forget(identity.namespace);
      return { removed };
    });
  }

  async verify(network: TenantNetwork): Promise<readonly string[]> {
    const { segment, target } = requireTarget(network, this.#options.targets);
    const identity = this.#identity(segment);
    return await this.#queue.run(identity.namespace, () => {
      const port = this.#owners.record(identity.namespace)?.port;
      if (target.kind === 'neutron-port' && port === undefined)
        return Promise.resolve([`network ${network.networkId} is not plugged`]);
      return this.#withScene({ network, segment, identity, port, signal: undefined }, (scene) =>
        stepDifferences(plugSteps(scene, targetPlug(scene, target))),
      );
    });
  }

  async list(): Promise<readonly PluggedNetwork[]> {
    return this.#owners.namespaces().flatMap((namespace) => {
      const network = this.#owners.record(namespace)?.network;
      const segment = network === undefined ? undefined : segmentOf(network);
      if (segment === undefined || network === undefined) return [];
      const identity = this.#identity(segment);
      // What is plugged in the other place has another name.
      if (identity.namespace !== namespace) return [];
      const plugged = this.#plugged(network, identity, false);
      return plugged.owners.length === 0 ? [] : [plugged];
    });
  }

  linkOf(network: TenantNetwork): Pick<PluggedNetwork, 'interfaceName' | 'linkLocal'> {
    const { leaf, namespace } = this.#identity(requireTarget(network, this.#options.targets).segment);
    return { interfaceName: leaf, linkLocal: this.#linkLocalOf(this.#owners.record(namespace)?.port) };
  }

  listen(network: TenantNetwork, address: string, port: number): number {
    const { leaf } = this.#requireIdentity(network);
    if (this.#place === 'host' && isUnspecified(address)) {
      const message = `cannot listen on [${address}]:${port} for network ${network.networkId}: its link is among the host's own, so that would be every address of the host; give the link's own`;
      throw new TenantNetworkError('invalid_address', message);
    }
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
    if (this.#place === 'host') return action();
    if (!this.#namespaces.has(name)) throw this.#notPlugged(network, `there is no namespace ${name}`);
    using namespace = this.#namespaces.open(name);
    return namespace.runInside(action);
  }

  async sweep({
    dryRun,
    only,
  }: {
    readonly dryRun: boolean;
    readonly only?: readonly string[];
  }): Promise<readonly string[]> {
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
        const found = await findMarkedThings(this.#places(targets), key);
        const meant = found.filter(({ description }) => only?.includes(description) ?? true);
        for (const thing of meant) {
          swept.push(thing.description);
          if (!dryRun) await thing.remove();
        }
        if (!dryRun && meant.length === found.length) this.#owners.forget(namespace);
      });
    }
    return swept;
  }

  async #plugInTurn(about: SceneFacts, target: PlugTarget, { owner, addresses }: PlugRequest): Promise<boolean> {
    const { network, identity, port, signal } = about;
    const { namespace } = identity;
    await this.#withScene(about, (scene) =>
      failingAs(`plug network ${network.networkId}`, signal, () => targetPlug(scene, target).check()),
    );
    const before = this.#owners.owners(namespace);
    const former = this.#owners.record(namespace);
    this.#checkSamePort(
      about,
      former?.port,
      before.filter((other) => other !== owner),
    );
    // The configuration names another way than the one it is plugged by, or Neutron has another port for us.
    if (former !== undefined && !sameWay(former, { target, port })) {
      await this.#takeDown(identity, network);
    }
    const formerAddresses = this.#owners.addresses(namespace, owner);
    this.#owners.writeRecord(namespace, { network, target, ...(port !== undefined && { port }) });
    this.#owners.add(namespace, owner, addresses);
    try {
      return await this.#apply(about, target);
    } catch (error) {
      if (before.includes(owner)) this.#owners.add(namespace, owner, formerAddresses);
      else await this.#undoPlug(about, owner, before.length === 0);
      throw error;
    }
  }

  /** `undefined` when it is not plugged. */
  async #repairInTurn(network: TenantNetwork, signal: AbortSignal | undefined): Promise<boolean | undefined> {
    const { segment } = requireTarget(network, this.#options.targets);
    const identity = this.#identity(segment);
    const record = this.#owners.record(identity.namespace);
    if (record === undefined || this.#owners.owners(identity.namespace).length === 0) return undefined;
    return await this.#apply({ network, segment, identity, port: record.port, signal }, record.target);
  }

  #apply(about: SceneFacts, target: PlugTarget): Promise<boolean> {
    return this.#withScene(about, (scene) => applySteps(plugSteps(scene, targetPlug(scene, target)), scene.signal));
  }

  #checkSamePort({ network, port }: SceneFacts, former: NeutronPort | undefined, others: readonly string[]): void {
    if (others.length === 0 || former === undefined || former.id === port?.id) return;
    throw new TenantNetworkError(
      'port_conflict',
      `cannot plug network ${network.networkId}: on this host it is Neutron port ${former.id} for ${others.join(', ')}; use that one, not ${port?.id}`,
    );
  }

  /** Best effort: where it fails the owner stays, and its unplug tries again. */
  async #undoPlug({ identity, network }: SceneFacts, owner: string, isOnlyOwner: boolean): Promise<void> {
    try {
      if (isOnlyOwner) await this.#takeDown(identity, network);
      this.#owners.remove(identity.namespace, owner);
      if (isOnlyOwner) this.#owners.forget(identity.namespace);
    } catch {
      // The plug's own error is the one to tell.
    }
  }

  /** Removes everything that carries the network's mark, and makes sure that it is gone. */
  async #takeDown({ key, namespace }: NetworkIdentity, network: TenantNetwork): Promise<boolean> {
    // Only the switch that the network is plugged into: another one may be out of order.
    const target = this.#owners.record(namespace)?.target ?? targetOf(network, this.#options.targets);
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

  async #withScene<T>(about: SceneFacts, action: (scene: PlugScene) => Promise<T>): Promise<T> {
    using host = NetworkNamespace.current();
    using hostSocket = NetlinkSocket.open();
    const { site, inbound = 'accepted' } = this.#options;
    const { identity, port } = about;
    const wanted = this.#owners
      .owners(identity.namespace)
      .flatMap((owner) => this.#owners.addresses(identity.namespace, owner).map(parseLeafAddress));
    return await action({
      ...about,
      site,
      place: this.#place,
      inbound,
      mac: port?.macAddress ?? identity.mac,
      linkLocal: this.#linkLocalOf(port),
      addresses: wanted.filter((address, n) => wanted.findIndex((other) => sameAddress(other, address)) === n),
      namespaces: this.#namespaces,
      host,
      hostSocket,
    });
  }

  /** Neutron lets a port use the address that follows from its MAC address only. */
  #linkLocalOf(port: NeutronPort | undefined): string {
    return port === undefined ? this.#linkLocal : linkLocalOfMac(port.macAddress);
  }

  #identity(segment: Segment): NetworkIdentity {
    return networkIdentity(this.#options.site, this.#options.host, segment, this.#place);
  }

  #requireIdentity(network: TenantNetwork): NetworkIdentity {
    const segment = segmentOf(network);
    if (segment === undefined) throw this.#notPlugged(network, `a network of type "${network.type}" cannot be`);
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
    const linkLocal = this.#linkLocalOf(this.#owners.record(namespace)?.port);
    const inside = this.#place === 'namespace' ? namespace : undefined;
    return { network, namespace: inside, interfaceName: leaf, linkLocal, owners, changed };
  }
}
