import type { NetworkView } from '@iorcl/api';
import type { KernelTenantNetworkPlugs, TenantNetwork } from '@iorcl/vlan-netlink';
import { type DiskPlace, type ImportedDisk, type Importer, ImporterError } from '../importers/contract.ts';
import type { HostImporters } from '../importers/host-importers.ts';
import type { ImportRecord } from './import-record.ts';
import type { RecordStore } from './record-store.ts';

/** What imports need of the tenant networks of this host. */
export type NetworkPlugs = Pick<KernelTenantNetworkPlugs, 'plug' | 'unplug' | 'list' | 'runInside' | 'linkOf'>;

/** An import that is to be; which importer makes it is decided here. */
export type WantedImport = Omit<ImportRecord, 'importer'>;

export interface ImportsOptions {
  readonly store: RecordStore;
  /** By where importers have their ends of the tenant networks. */
  readonly plugs: Readonly<Record<Importer['networkEnd'], NetworkPlugs>>;
  readonly importers: HostImporters;
  /** Bounds plugging and unplugging, in milliseconds. Default 30 000. */
  readonly plugTimeoutMs?: number;
}

/**
 * The imports of this host: record, tenant network and disk of each attachment, made in this order and removed in the
 * reverse one, so that whatever exists can be found by a record. One call at a time per attachment: callers see to that.
 */
export class Imports {
  readonly #options: ImportsOptions;

  constructor(options: ImportsOptions) {
    this.#options = options;
  }

  find(attachmentId: string): ImportRecord | undefined {
    return this.#options.store.get(attachmentId);
  }

  all(): readonly ImportRecord[] {
    return this.#options.store.all();
  }

  /** Where the disk of an import is or will be. */
  place({ attachmentId, importer: name, access, network }: ImportRecord): DiskPlace {
    const importer = this.#options.importers.byName(name);
    return importer.place(attachmentId, access, this.#plugsOf(importer).linkOf(tenantNetwork(network)));
  }

  /** Records the import and makes it, or what is missing of it. One that is on record keeps its importer. */
  async ensure(wanted: WantedImport): Promise<ImportedDisk> {
    const record = { ...wanted, importer: this.#importerOf(wanted).name };
    await this.#options.store.write(record);
    return await this.restore(record);
  }

  /** Makes what is missing of an import on record. */
  async restore(record: ImportRecord): Promise<ImportedDisk> {
    const importer = await this.#options.importers.ready(record.importer);
    const plugs = this.#plugsOf(importer);
    const network = tenantNetwork(record.network);
    const { attachmentId, access } = record;
    const { interfaceName, linkLocal } = await plugs.plug({
      network,
      owner: attachmentId,
      signal: this.#plugSignal(),
    });
    return await importer.import({
      ...{ attachmentId, access, interfaceName, linkLocal },
      runInside: (action) => plugs.runInside(network, action),
    });
  }

  /**
   * Records that an import's export has grown, and makes its disk grow with it, or goes on with that. What fails after it was
   * recorded, {@link restore} makes good.
   */
  async grow(grown: ImportRecord): Promise<ImportedDisk> {
    const { store, importers } = this.#options;
    if (store.get(grown.attachmentId) !== grown) await store.write(grown);
    const importer = await importers.ready(grown.importer);
    return await importer.resize(grown.attachmentId, grown.access);
  }

  /** Calls `onLoss` as soon as something that an import needs has ended. The answer ends the watch. */
  watch(onLoss: (attachmentId: string) => void): () => void {
    const ends = this.#options.importers.all().map((importer) => importer.watch?.(onLoss));
    return () => {
      for (const end of ends) end?.();
    };
  }

  /** Removes all of an import, verified, also when its record is lost. Resolves when nothing of it is there any more. */
  async remove(attachmentId: string): Promise<void> {
    const { store, plugs, importers } = this.#options;
    const ends = [...new Set(Object.values(plugs))];
    const record = this.find(attachmentId);
    const having = record === undefined ? importers.all() : [importers.byName(record.importer)];
    for (const importer of having) await importer.unimport(attachmentId);
    for (const end of ends) {
      for (const network of await this.#networksOf(attachmentId, end)) {
        await end.unplug({ network, owner: attachmentId, signal: this.#plugSignal() });
      }
    }
    await store.remove(attachmentId);
  }

  #plugsOf({ networkEnd }: Importer): NetworkPlugs {
    return this.#options.plugs[networkEnd];
  }

  #importerOf({ attachmentId, access }: WantedImport): Importer {
    const { importers } = this.#options;
    const record = this.find(attachmentId);
    if (record === undefined) return importers.forExport(access);
    const importer = importers.byName(record.importer);
    if (importer.transports.includes(access.transport)) return importer;
    const message = `attachment ${attachmentId} was imported by ${importer.name}, which can't import an export by ${access.transport}; detach the volume and attach it again`;
    throw new ImporterError('not_possible_here', message, { attachmentId });
  }

  /** Networks that may be plugged for an attachment: that on record, and those that an earlier record named. */
  async #networksOf(attachmentId: string, plugs: NetworkPlugs): Promise<readonly TenantNetwork[]> {
    const owned = (await plugs.list()).filter(({ owners }) => owners.includes(attachmentId));
    const networks = owned.map(({ network }) => network);
    const record = this.find(attachmentId);
    // Of one that is half plugged the list may say nothing.
    if (record !== undefined) networks.push(tenantNetwork(record.network));
    return [...new Map(networks.map((network) => [JSON.stringify(segmentOf(network)), network])).values()];
  }

  #plugSignal(): AbortSignal {
    return AbortSignal.timeout(this.#options.plugTimeoutMs ?? 30_000);
  }
}

/** What tells tenant networks apart on a host. */
function segmentOf({ type, physicalNetwork, segmentationId }: TenantNetwork): readonly unknown[] {
  return [type, physicalNetwork, segmentationId];
}

function tenantNetwork(view: NetworkView): TenantNetwork {
  return {
    networkId: view.networkId,
    type: view.type,
    physicalNetwork: view.physicalNetwork ?? undefined,
    segmentationId: view.segmentationId ?? undefined,
  };
}
